/* The preview follows the choices before they are saved. */
(function () {
	"use strict";

	var form = document.getElementById("fields-form"), frame = document.getElementById("fields-preview"), timer = 0;

	if (!form || !frame)
		return;
	var base = frame.getAttribute("src");

	form.addEventListener("change", function () {
		window.clearTimeout(timer);
		timer = window.setTimeout(function () {
			var choices = [];
			form.querySelectorAll("select, input[type=hidden]").forEach(function (field) {
				if (field.name.indexOf(".") > 0)
					choices.push(field.name + ":" + field.value);
			});
			frame.setAttribute("src", base + "&choices=" + encodeURIComponent(choices.join(",")));
		}, 150);
	});
})();
