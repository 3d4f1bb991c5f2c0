// Package backup has the real tar, notary and docker use what trustdeck backs up and
// restores, and kills trustdeck at every point of both. It holds only tests.
package backup
