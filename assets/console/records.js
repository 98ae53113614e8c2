/* An import at work is looked at again every two seconds; a file brings its name. */
(function () {
	"use strict";

	var file = document.getElementById("file"), name = document.getElementById("name");

	if (document.querySelector("[data-import-running]"))
		setTimeout(function () { location.reload(); }, 2000);
	if (file && name && file.form.getAttribute("action") === "/imports")
		file.addEventListener("change", function () {
			if (file.files.length)
				name.value = file.files[0].name.slice(0, 200);
		});
})();
