// Package public copies repositories of TUF 1.0 with private keys of its own, changes the copies
// with every flow of trustdeck, and has several readers read them after each publish. It holds
// only tests.
package public
