package peer

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// PostgresServer is ProductionServer with PostgreSQL for its databases, which it and the
// signer reach with client certificates and without passwords.
func PostgresServer(tb testing.TB, opts ...Option) *Server {
	tb.Helper()
	Need(tb, "notary-server", "notary-signer", PostgreSQL)
	db, err := shared(tb).postgres()
	if err != nil {
		tb.Fatalf("peer: %v", err)
	}
	return productionOn(tb, db, opts)
}

// postgres is a PostgreSQL server with a data folder of its own. It is started once in a
// test binary and serves several pairs of databases.
type postgres struct {
	pki *PKI
	// dir holds its data, its socket and copies of its certificate.
	dir  string
	port int
	// as is the command that runs others as the owner of the folder; PostgreSQL refuses
	// to run as root.
	as []string
}

// startPostgres creates the data folder and starts the server: on loopback, over TLS and
// for holders of certificates alone, and on a socket for this package.
func (h *house) startPostgres() (*postgres, error) {
	pki, err := h.pki()
	if err != nil {
		return nil, err
	}
	d := &postgres{pki: pki}
	// Its user may not enter the folder of the others.
	if d.dir, err = os.MkdirTemp("", "peer-postgres-"); err != nil {
		return nil, err
	}
	h.onClose(func() { _ = os.RemoveAll(d.dir) })
	if err := d.prepare(); err != nil {
		return nil, err
	}
	command := func(port int) (*exec.Cmd, error) {
		d.port = port // the name of the socket has it
		return d.command("postgres", "-D", d.data(), "-p", strconv.Itoa(port), "-h", "127.0.0.1", "-k", d.dir,
			"-c", "ssl=on", "-c", "ssl_ca_file="+d.file("ca.crt"), "-c", "ssl_cert_file="+d.file("server.crt"), "-c", "ssl_key_file="+d.file("server.key"),
			// Nothing here has to survive the test, so nothing waits for a disk.
			"-c", "fsync=off", "-c", "full_page_writes=off"), nil
	}
	healthy := func(ctx context.Context, _ int) error { return d.run(ctx, "postgres", "SELECT 1;") }
	process, _, err := serve(h.dir, "postgres", command, healthy)
	if err != nil {
		return nil, err
	}
	h.onClose(process.Stop)
	return d, nil
}

func (d *postgres) data() string            { return filepath.Join(d.dir, "data") }
func (d *postgres) file(name string) string { return filepath.Join(d.dir, name) }

// prepare makes the data folder, and says who may connect.
func (d *postgres) prepare() error {
	cert, err := d.pki.Issue("postgres")
	if err != nil {
		return err
	}
	for from, to := range map[string]string{d.pki.CAFile(): "ca.crt", cert.CertFile: "server.crt", cert.KeyFile: "server.key"} {
		text, err := os.ReadFile(from)
		if err != nil {
			return err
		}
		if err := os.WriteFile(d.file(to), text, 0o600); err != nil {
			return err
		}
	}
	if err := d.own(); err != nil {
		return err
	}
	initialise := d.command("initdb", "-D", d.data(), "-U", "postgres", "--auth-local=trust", "--no-sync", "--encoding=UTF8", "--locale=C")
	if out, err := initialise.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, out)
	}
	// The name of a certificate is that of the user.
	access := "local all postgres trust\nhostssl all all 127.0.0.1/32 cert\n"
	return os.WriteFile(filepath.Join(d.data(), "pg_hba.conf"), []byte(access), 0o600)
}

// own gives the folder to the user that PostgreSQL runs as: root runs it as the user of
// Debian's package.
func (d *postgres) own() error {
	if os.Getuid() != 0 {
		return nil
	}
	owner, err := user.Lookup("postgres")
	if err != nil {
		return err
	}
	uid, err := strconv.Atoi(owner.Uid)
	if err != nil {
		return err
	}
	gid, err := strconv.Atoi(owner.Gid)
	if err != nil {
		return err
	}
	d.as = []string{"setpriv", "--reuid", owner.Uid, "--regid", owner.Gid, "--clear-groups", "--pdeathsig", "TERM", "--"}
	return filepath.WalkDir(d.dir, func(path string, _ os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Chown(path, uid, gid)
	})
}

// command runs a program of PostgreSQL as its user.
func (d *postgres) command(program string, args ...string) *exec.Cmd {
	words := slices.Concat(d.as, []string{findPostgres(program)}, args)
	cmd := exec.Command(find(words[0]), words[1:]...)
	cmd.Dir, cmd.Env = d.dir, baseEnv(d.dir)
	return cmd
}

// run has the server's administrator run SQL in a database.
func (d *postgres) run(ctx context.Context, database, sql string) error {
	cmd := exec.CommandContext(ctx, findPostgres("psql"), "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1",
		"--host="+d.dir, "--port="+strconv.Itoa(d.port), "--username=postgres", "--dbname="+database)
	cmd.Env = baseEnv(d.dir)
	cmd.Stdin = strings.NewReader(sql)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("psql: %w: %s", err, strings.TrimSpace(string(out)))
	}
	return nil
}

func (d *postgres) kind() (backend, migrations string) { return "postgres", "postgresql" }

// create has the user log in with a certificate, and own the database and its tables.
func (d *postgres) create(ctx context.Context, name, tables string) (string, error) {
	client, err := d.pki.Issue(name)
	if err != nil {
		return "", err
	}
	if err := d.run(ctx, "postgres", fmt.Sprintf("CREATE USER %[1]s;\nCREATE DATABASE %[1]s OWNER %[1]s;\n", name)); err != nil {
		return "", err
	}
	if err := d.run(ctx, name, "SET ROLE "+name+";\n"+tables); err != nil {
		return "", err
	}
	return fmt.Sprintf("postgres://%[1]s@127.0.0.1:%[2]d/%[1]s?sslmode=verify-ca&sslrootcert=%[3]s&sslcert=%[4]s&sslkey=%[5]s",
		name, d.port, d.pki.CAFile(), client.CertFile, client.KeyFile), nil
}

// findPostgres also looks where Debian keeps the programs of each version, of which it takes
// the last.
func findPostgres(program string) string {
	paths, err := filepath.Glob("/usr/lib/postgresql/*/bin/" + program)
	if err != nil || len(paths) == 0 {
		return find(program)
	}
	slices.Sort(paths)
	return paths[len(paths)-1]
}
