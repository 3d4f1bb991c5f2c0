// Package arch checks that the source of trustdeck keeps the structure that
// docs/architecture.md describes: which folders exist, which package may import which,
// and that the trust core uses no disk, network, clock or terminal.
//
// It reads source files regardless of their build constraints, so that a file for another
// system can't hide an import. Test files may import anything; only the rules about
// package names apply to them.
//
// The entry point is Check.
package arch
