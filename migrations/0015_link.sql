-- Links of the GS1 resolver: typed, per GTIN, lot and serial.
SELECT;
