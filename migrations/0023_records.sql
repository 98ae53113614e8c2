-- Browsing and searching records; imports by upload.
SELECT;
