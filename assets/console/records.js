/* An import at work is looked at again every two seconds; a file brings its name; parameters are added one by one. */
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

	var MOST = 30; /* RECORD_PARAMETERS of src/web/console_records.h */

	function isBlank(row) {
		return Array.prototype.every.call(row.querySelectorAll("input"), function (i) { return !i.value; })
			&& !row.querySelector(".wrong");
	}

	function copyOf(row, number) {
		var copy = row.cloneNode(true);

		copy.hidden = false;
		copy.setAttribute("aria-label", row.getAttribute("aria-label").replace(/\d+$/, number));
		copy.querySelectorAll("[id], [name], [for], [aria-describedby]").forEach(function (e) {
			["id", "name", "for", "aria-describedby"].forEach(function (a) {
				if (e.hasAttribute(a))
					e.setAttribute(a, e.getAttribute(a).replace(/parameters\.\d+\./g, "parameters." + number + "."));
			});
			if (e.tagName === "INPUT")
				e.value = "";
		});
		return copy;
	}

	document.querySelectorAll("[data-parameters]").forEach(function (set) {
		var button = set.querySelector("[data-add-parameter]");

		function rows() {
			return Array.prototype.slice.call(set.querySelectorAll(".parameter"));
		}

		/* Of the empty rows, that stand there for who has no script, the first is enough. */
		rows().filter(isBlank).slice(1).forEach(function (row) { row.hidden = true; });
		button.hidden = false;
		button.addEventListener("click", function () {
			var all = rows(), next = all.filter(function (row) { return row.hidden; })[0];

			if (!next && all.length < MOST) {
				next = copyOf(all[all.length - 1], all.length + 1);
				set.insertBefore(next, button);
			}
			if (!next)
				return;
			next.hidden = false;
			next.querySelector("input").focus();
			button.hidden = all.length >= MOST && !rows().some(function (row) { return row.hidden; });
		});
	});
})();
