package claims

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"trustdeck/e2e/peer"
)

func TestMain(m *testing.M) { peer.Main(m) }

// A claim is a text that says what another client does or does not.
type claim struct {
	// text is a part of the string in the source.
	text string
	// shown names the test that shows it of the client, as folder.Test below e2e.
	shown string
}

var claims = []claim{
	// staged changes
	{"what another client has staged on this machine", "staged.TestReset"},
	{"changes that notary staged here", "staged.TestPublishesWhatNotaryPublishes"},
	{"The client that staged it may still publish it.", "staged.TestRefusedByTrustdeckAlone"},
	// keys
	{"Clients show it when they list keys.", "keyfile.TestClientsUseRenamedKeys"},
	{"they show the name in lists of keys and when they ask for the passphrase", "keyfile.TestClientsUseRenamedKeys"},
	{"and both say it when they ask for the passphrase", "keyfile.TestClientsUseRenamedKeys"},
	// model/notary
	{"clients drop an intermediate certificate", "differential.TestListedCasesWithPrograms"},
	{"not in Notary's form, so clients compute another key ID", "differential.TestListedCasesWithPrograms"},
	{"more than once; clients stop at the second", "differential.TestListedCasesWithPrograms"},
	{"clients refuse the key", "differential.TestListedCasesWithPrograms"},
	{"clients ask for %s %s", "differential.TestListedCasesWithPrograms"},
	{"outside its paths, for example %q; clients ignore them", "differential.TestDifferential"},
	{"clients refuse the whole repository", "differential.TestDifferential"},
	{"is not in Notary's form: %s", "differential.TestDifferential"},
	{"at byte %d it has %q where Notary writes", "differential.TestDifferential"},
	{"docker pull looks only in targets/releases and targets", "differential.TestDifferential"},
	{"Notary's clients cannot re-sign", "claims.TestCustomValues"},
	{"which docker pull needs", "inspect.TestTagWithSHA512Alone"},
	{" needs a SHA-256 and does not accept the ", "inspect.TestTagWithSHA512Alone"},
	{"which notary and docker trust can't sign with", "claims.TestSignersOfOtherAlgorithms"},
	{"a key with an algorithm that Notary doesn't support", "claims.TestSignersOfOtherAlgorithms"},
	{"notary and docker refuse the repository on this machine", "differential.TestForecastComesTrue"},
	{"docker pull verifies each tag, and refuses one that is not signed", "claims.TestEnvironmentOfDocker"},
	// model/tuf
	{"some clients refuse it", "tuf.TestClaims"},
	{"two signatures under one key ID; clients refuse such a file", "tuf.TestClaims"},
	{"is in base64, not in hexadecimal: some clients don't read it", "tuf.TestClaims"},
	{"as was usual before 2023: some clients don't read it", "tuf.TestClaims"},
	{"the specification requires the hash, but clients don't check it", "tuf.TestClaims"},
	{"where go-tuf up to 2.4.2 finds no targets (T4)", "tuf.TestClaims"},
	{"can't follow from it to the new one", "tuf.TestRootToMLDSA"},
	{"for example %q; clients don't find them there", "tuf.TestClaims"},
	{"a search that reaches it fails", "tuf.TestClaims"},
	{"Clients stop at such a file.", "tuf.TestClaims"},
	{"clients ask for %s, which is missing", "tuf.TestClientsAskForVersions"},
	{"clients ask for %s, which fails", "tuf.TestClientsAskForVersions"},
	{"refuse it, unless they have read it another way (T9)", "tuf.TestSeveralParents"},
	{"Clients with an older root cannot follow.", "tuf.TestBrokenChain"},
	{"Clients with a root older than the last of these cannot follow.", "tuf.TestBrokenChain"},
	{"clients give up after %d delegations", "tuf.TestManyDelegations"},
	{"clients that have the new root refuse the repository until the robot has signed", "tuf.TestRobotGetsAnotherKey"},
	{"clients don't get %s %d yet", "tuf.TestRobotSignsTheRest"},
	// passphrases
	{"ask for at least 8 characters", "claims.TestPrompts"},
	{"can't accept them", "claims.TestPrompts"},
	// plans and flows
	{"%s can sign it only with", "claims.TestRootOfTwo"},
	{"looks only in %s, so what only", "differential.TestDifferential"},
	{"doesn't find what %s signs with it", "differential.TestDifferential"},
	{"is no longer delegated: clients refuse it", "change.TestDelegations"},
	{"lists what clients no longer see", "change.TestDelegations"},
	{"tags that clients no longer see, or see with other", "change.TestDelegations"},
	{"Clients ignore what the role lists outside its paths", "differential.TestDifferential"},
	{"%s can change such a root only where", "claims.TestRootOfTwo"},
	{"refuses the new root until its cached trust data is deleted", "claims.TestMadeAnew"},
	{"that know this repository refuse a new root until you delete their cached trust data", "change.TestDelete"},
	{"with content trust finds no trust data and fails", "change.TestDelete"},
	{"clients refuse the repository until it is", "differential.TestDifferential"},
	{"%s no longer accepts anything signed with key", "differential.TestDifferential"},
	{"can no longer sign: clients refuse it", "differential.TestDifferential"},
	{" refuses it", "differential.TestDifferential"},
	{"docker trust drops", "staged.TestStagedChangesWithDocker"},
	{"docker trust signer add publishes", "staged.TestStagedChangesWithDocker"},
	{"clients that start from an older root can't update", "tuf.TestBrokenChain"},
	{"notary and docker can neither read nor publish a repository with an expired", "change.TestRenewWhatExpired"},
	{"clients that are behind cannot catch up", "differential.TestDifferential"},
	{"clients refuse it until it is signed with", "differential.TestDifferential"},
	{"No client accepts it until it is signed with its own keys", "differential.TestDifferential"},
	{"until then no client accepts what is in it", "differential.TestDifferential"},
	{"Clients refuse such a file.", "change.TestBesideNotary"},
	{"Clients refuse such a file, and notary refuses it when the signer tries to sign", "change.TestBesideNotary"},
	{"until then clients find nothing in it and cannot sign it", "change.TestBesideNotary"},
	{"clients that saw the newer version refuse this one", "claims.TestOlderVersions"},
	{"refuse an older targets, snapshot or timestamp than they have seen", "claims.TestOlderVersions"},
	// key files
	{"which notary and docker report as a wrong passphrase", "trustdir.TestNotaryReadsAndWritesAnew"},
	{"in RFC 8410 form, which notary and docker don't support", "trustdir.TestNotaryReadsAndWritesAnew"},
	{"where notary lists it but cannot use it", "trustdir.TestNotaryReadsAndWritesAnew"},
	// what a registry serves
	{"docker pull refuses the tag", "registry.TestLifeOfATag"},
	{"asks for the signed digest, which the registry no longer has, so it fails", "registry.TestLifeOfATag"},
	{"because it ignores the size; notary verify refuses it", "registry.TestLifeOfATag"},
}

var (
	who     = regexp.MustCompile(`(?i)\b(notary|docker|clients?)\b`)
	refusal = regexp.MustCompile(`(?i)\b(cannot|can sign|can change|nobody could|refuses?|refusing|passe?s? over|ignores?|do not know|does not know|no client|never go|stop at|ask for|leave out|not spelled|where Notary writes|which docker pull needs|wrong passphrase|looks? (only )?in|does not take|does not accept|doesn't accept|don't accept|no longer|can't|no one can|skip(s|ped)?|drops?|don't know|doesn't know|don't support|doesn't support|don't read|doesn't read|not in Notary's form|can neither)\b`)
)

// other are texts that name a client and a refusal, and do not claim that the one does
// the other.
var other = []string{
	"cannot be encrypted in Notary's way on this system",                   // of this system
	"the change was published, but a new client can't read it back",        // of this change
	"replace what go-tuf can't read",                                       // of what it was seen to do
	"like clients, trustdeck reads at most",                                // a limit
	"trustdeck can't tell when",                                            // of this program
	"The client certificate for servers that ask for one",                  // a setting
	"No one can recreate a lost key",                                       // of backups
	"can't make Notary signatures",                                         // of the key
	"which Notary doesn't support",                                         // the keys of its format
	"cannot sign Notary metadata",                                          // of this program
	"cannot be in Notary metadata",                                         // of the form
	"has a role that clients don't accept",                                 // a verdict: differential.TestDifferential
	"an ECDSA key on a curve that Notary doesn't support",                  // Go has no such curve
	"clients that have seen root %d never go back",                         // a rollback: mischief.TestRootRollbackOfNotary
	"help clients that have missed a rotation",                             // what signatures on a root are for
	"each can sign what clients pull",                                      // what is looked for
	"docker and notary make one key.",                                      // no refusal
	"mail what a client refuses", "the repositories that a client refuses", // examples
}

// help is the length from which on a text is no refusal, but the help of a command.
const help = 300

// Every refusal and warning that names another client is in the table, and every row of
// the table is in the source.
func TestClaimsAreShown(t *testing.T) {
	found := map[string]bool{}
	for _, root := range []string{"../../model", "../../tui", "../../cmd", "../../keystore"} {
		for place, text := range literals(t, root) {
			row := ""
			for _, c := range claims {
				if strings.Contains(text, c.text) {
					found[c.text], row = true, c.text
				}
			}
			if row == "" && len(text) < help && who.MatchString(text) && refusal.MatchString(text) && !listed(text) {
				t.Errorf("%s says of other clients what no test shows: %q", place, text)
			}
		}
	}
	for _, c := range claims {
		if !found[c.text] {
			t.Errorf("no text has %q any more", c.text)
		}
		folder, name, _ := strings.Cut(c.shown, ".")
		if !tests(t, filepath.Join("..", folder))[name] {
			t.Errorf("there is no test %s", c.shown)
		}
	}
}

func listed(text string) bool {
	for _, o := range other {
		if strings.Contains(text, o) {
			return true
		}
	}
	return false
}

// literals are the strings of the sources below a folder, by place.
func literals(t *testing.T, root string) map[string]string {
	t.Helper()
	out := map[string]string{}
	files := token.NewFileSet()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() && (d.Name() == "testdata" || d.Name() == "tuitest" || d.Name() == "dialecttest") {
			if d != nil && d.IsDir() && err == nil {
				return filepath.SkipDir
			}
			return err
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(files, path, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				if text, err := strconv.Unquote(lit.Value); err == nil {
					out[fmt.Sprint(files.Position(lit.Pos()))] = text
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

var declared = regexp.MustCompile(`(?m)^func (Test\w+)\(`)

// tests are the names of the tests of a folder.
func tests(t *testing.T, folder string) map[string]bool {
	t.Helper()
	out := map[string]bool{}
	files, err := filepath.Glob(filepath.Join(folder, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range declared.FindAllStringSubmatch(string(text), -1) {
			out[m[1]] = true
		}
	}
	return out
}
