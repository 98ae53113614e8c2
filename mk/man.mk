# The manual: suyuan(1) and suyuan.conf(5) are printed by the program itself, suyuand(8) is a file.
.PHONY: man
man: $(BIN)/suyuan ## manual pages in build/man
	@mkdir -p build/man
	$(BIN)/suyuan --config /dev/null man suyuan > build/man/suyuan.1
	$(BIN)/suyuan --config /dev/null man suyuan.conf > build/man/suyuan.conf.5
	cp man/suyuand.8 build/man/
