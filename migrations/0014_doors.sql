-- PINs under scratch-off, and reports of suspicious codes.
SELECT;
