/* The preview follows what is typed, a moment later. */
(function () {
	"use strict";

	var form = document.querySelector("form[data-preview]"), button, waiting;

	if (!form)
		return;
	button = form.querySelector("[formtarget=preview]");
	/* Looking at a draft is no sending of the form: it may still be saved. */
	form.addEventListener("submit", function (event) {
		if (event.submitter === button)
			window.setTimeout(function () {
				delete form.dataset.sent;
			}, 0);
	});
	form.addEventListener("input", function () {
		window.clearTimeout(waiting);
		waiting = window.setTimeout(function () {
			form.requestSubmit(button);
		}, 600);
	});
})();
