def pytest_addoption(parser):
    parser.addoption("--update", action="store_true", help="write what the bot says now into tests/conversations/*.txt")
