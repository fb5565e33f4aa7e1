"""What all tests share: real servers, started when the first test asks for them."""

pytest_plugins = ["tests.support.servers", "tests.support.service"]
