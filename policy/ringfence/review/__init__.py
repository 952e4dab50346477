"""What people do with a policy before it is in force: review it, test it, compare it, prove it. Nothing is sent."""
