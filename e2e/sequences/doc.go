// Package sequences has notary, docker trust and trustdeck change one repository in turns,
// in any order, and holds what trustdeck says of it and promises against what the others
// see.
package sequences
