"""The pages and doors of the server: webhooks, the simulator, health."""
