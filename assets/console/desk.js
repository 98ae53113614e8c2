/* The label designer looks by itself once nothing has been typed for a moment. */
(function () {
	"use strict";

	var form = document.querySelector("form[data-preview]"), timer = null, turn = 0;

	function look() {
		var mine = ++turn;

		fetch(form.getAttribute("data-preview"), {
			method: "POST",
			body: new URLSearchParams(new FormData(form)),
			credentials: "same-origin"
		}).then(function (answer) {
			return answer.text();
		}).then(function (text) {
			var page = new DOMParser().parseFromString(text, "text/html");
			var fresh = page.getElementById("preview"), old = document.getElementById("preview");
			var summary = page.getElementById("summary");

			if (mine !== turn || !fresh || !old)
				return;
			if (summary)
				fresh.insertBefore(document.importNode(summary, true), fresh.firstChild);
			old.replaceWith(document.importNode(fresh, true));
		}).catch(function () { /* the button is still there */ });
	}

	/* What is not shown need not be filled in. */
	function choose() {
		var own = form.querySelector(".own-sheet");

		if (own)
			own.disabled = form.elements.namedItem("sheet").value !== ":own";
	}

	if (!form)
		return;
	choose();
	form.addEventListener("change", choose);
	form.addEventListener("input", function () {
		window.clearTimeout(timer);
		timer = window.setTimeout(look, 500);
	});
})();
