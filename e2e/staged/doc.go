// Package staged compares what trustdeck says is staged in a trust folder with
// what the real notary says, does and refuses. It holds only tests.
package staged
