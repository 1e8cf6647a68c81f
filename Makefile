# The front door. The build itself is Meson's (meson.build); each goal is a script in tools/ that says what it does.
.PHONY: build run review check bench deb help clean
.DEFAULT_GOAL := build

build: ## build everything into out/bin (installs missing packages first)
	@tools/build
run: ## start server and agent on this machine, review it, print the result, stay up
	@tools/run
review: ## the same, but stop after printing; machine-readable copy in var/review.json
	@tools/run --once
check: ## install what the tests need and run all of them
	@tools/check
bench: ## measure speed and memory, with peers where there are any
	@tools/bench
deb: ## Debian packages into out/deb
	@tools/deb
clean: ## remove what was built (var/ with its data stays)
	rm -rf out web/dist web/node_modules web/src/gen
help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
