// Package sequences has notary, docker trust and trustdeck take turns to change one
// repository, in any order, and compares what trustdeck says and promises with what the
// others see. It holds only tests.
package sequences
