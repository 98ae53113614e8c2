/* What the console's pages do better with a script: focus, one sending of a form, news of long work. */
(function () {
	"use strict";

	var summary = document.getElementById("summary");
	if (summary)
		summary.focus();

	/* On a phone the row of parts begins where the reader is. */
	var part = document.querySelector(".parts [aria-current]");
	if (part) {
		var parts = part.closest("ul");
		parts.scrollLeft = part.offsetLeft - (parts.clientWidth - part.offsetWidth) / 2;
	}

	/* A form is sent once, however often its button is pressed. */
	document.addEventListener("submit", function (event) {
		var form = event.target, ask = form.getAttribute("data-confirm");

		if (ask && !window.confirm(ask)) {
			event.preventDefault();
			return;
		}
		if (form.dataset.sent) {
			event.preventDefault();
			return;
		}
		/* A preview beside the form is no sending. */
		if (form.method === "post" && !(event.submitter && event.submitter.formTarget))
			form.dataset.sent = "yes";
	});
	window.addEventListener("pageshow", function () {
		document.querySelectorAll("form[data-sent]").forEach(function (form) {
			delete form.dataset.sent;
		});
	});

	/* A page of long work looks again until it is done. */
	var fresh = document.querySelector("[data-refresh]");
	if (fresh)
		window.setTimeout(function () {
			window.location.reload();
		}, 1000 * Number(fresh.getAttribute("data-refresh")));
})();
