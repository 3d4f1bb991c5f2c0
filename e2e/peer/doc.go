// Package peer runs the real programs that trustdeck has to agree with:
// Notary's servers and client, "docker trust", MariaDB, and a terminal.
//
// A test names what it needs (Need), starts servers (MemoryServer,
// ProductionServer), fills them as an administrator would (Fill), runs clients
// against them (Notary, Docker, Trustdeck) and drives the full-screen program in
// a real terminal (Tmux). Everything listens on loopback, on its own ports and in its
// own folders, and leaves the machine's Docker, Notary, database and smart cards
// alone. What a test starts ends with the test, or with the test binary, even if that
// is killed.
//
// A package that uses peer has this TestMain:
//
//	func TestMain(m *testing.M) { peer.Main(m) }
//
// The package judges trustdeck, so it shares no code with it, with two exceptions: the
// practice server, which is tested as a peer (Sandbox), and the writer of repositories
// that no client could make (Publish). From Notary it imports only the SQL migrations.
package peer
