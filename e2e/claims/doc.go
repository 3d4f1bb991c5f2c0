// Package claims lists what trustdeck says about other clients in refusals and warnings,
// each with the test that proves it with the client itself, here or elsewhere in e2e. It
// fails on any such text that is not in the table. It holds only tests.
package claims
