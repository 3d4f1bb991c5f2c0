// Package claims holds what trustdeck says of other clients in refusals and warnings, each
// with the test that shows it of the client itself: here, or elsewhere in e2e. A text of
// that kind that is not in the table fails. It holds only tests.
package claims
