# Kore, compiled from the Debian package's own source, and `suyuand` linked with it.
KORE_LIB =
