-- Packaging lines: who may ask for codes through the API, how much, and what was answered to which key.
SELECT;
