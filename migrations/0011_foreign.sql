-- Serials made elsewhere: a row each, beside the codes that are computed.
SELECT;
