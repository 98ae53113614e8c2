-- A brand's look and texts, and the papers that are shown with its products.
SELECT;
