"""The reviewer's eye, one module a part of the policy. Each function yields what it noticed: (code, path, message)."""
