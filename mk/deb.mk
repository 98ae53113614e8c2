# The Debian package: programs, units, settings, manual, completion. `make deb` needs nothing but
# this checkout and Debian's own tools; the same commit gives the same bytes.
DEB_VERSION = $(VERSION)
DEB         = build/deb/suyuan_$(DEB_VERSION)_$(shell dpkg --print-architecture).deb

.PHONY: deb deb-test completion
completion: $(BIN)/suyuan ## completion for bash in build/completion
	@mkdir -p build/completion
	$(BIN)/suyuan --config /dev/null man completion > build/completion/suyuan

deb: all man completion ## the Debian package, in build/deb
	packaging/build "$(BIN)" "$(DEB_VERSION)" "$(DEB)"

deb-test: deb ## installs the package on a bare Debian 12 (debootstrap, root) and fetches a page from it
	packaging/test "$(DEB)"
