-- Pictures: product photos for the public page, photos of reports.
SELECT;
