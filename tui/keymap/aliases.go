package keymap

import (
	"slices"
	"strings"
)

// Aliases are other words for the action: those of other clients' commands, of other
// terminal programs, and what people call it. Searches and the words typed where screens
// are read line by line find it by them.
func (a Action) Aliases() []string { return aliases[a.ID] }

// Called reports whether a word is the title of the action or one of its aliases, in any
// case.
func (a Action) Called(word string) bool {
	return strings.EqualFold(word, a.Title) || slices.Contains(a.Aliases(), strings.ToLower(word))
}

// aliases leave out what the title and the label say already.
var aliases = map[ID][]string{
	ShowHelp:   {"keys of this screen", "shortcuts", "hotkeys", "manual"},
	Find:       {"search", "grep", "only"},
	Sort:       {"order by"},
	Copy:       {"yank", "clipboard", "digest", "key id", "pem", "jwk", "fingerprint", "words"},
	Refresh:    {"reload", "update", "read again"},
	Back:       {"up", "leave"},
	Quit:       {"q!", "exit", "bye"},
	Mouse:      {"mouse", "select text"},
	Redraw:     {"clear", "repaint"},
	Suspend:    {"background", "shell", "fg"},
	GoRepos:    {"repos", "repo", "home", "images", "guns", "collections", "trust inspect", "inspect", "list"},
	GoKeys:     {"keys", "key list", "private", "key ls", "key show", "public key"},
	GoTokens:   {"yubikey", "yubikeys", "token", "piv", "smart card", "security key", "hardware", "lost token"},
	TokenTouch: {"finger", "press token"},
	TokenMove:  {"unplug", "pull out", "plug in", "insert", "remove token"},
	GoSigners:  {"people", "robots", "users", "who signs", "delegation list"},
	GoStaged:   {"publish", "status", "changelist", "unpublished", "pending", "reset"},
	GoDoctor:   {"findings", "problems", "fixes", "health", "check", "errors", "warnings", "pulses", "popeye", "diagnose"},
	GoLog:      {"logs", "requests", "events", "audit", "trace"},
	GoTasks:    {"jobs", "progress", "background work", "ps"},
	GoSettings: {
		"config", "configuration", "preferences", "options", "config.toml", "server", "tls",
	},
	GoEnv:      {"env", "environment", "variables", "content trust", "pull", "version"},
	GoContexts: {"context", "servers", "switch server", "side by side"},
	GoLessons:  {"learn", "tutorial", "practice", "training", "demo"},
	GoWelcome:  {"start page", "connect", "onboarding"},

	Open:          {"describe", "enter", "show"},
	ReposProblems: {"broken", "faults"},

	RepoRoles:    {"tree", "xray", "delegations"},
	RepoSigners:  {"people"},
	RepoTags:     {"targets", "images", "list", "releases"},
	RepoHistory:  {"versions", "changes", "diff"},
	RepoRaw:      {"json", "yaml", "metadata", "view"},
	RepoQuorum:   {"m of n", "who must sign", "lost keys"},
	RepoForecast: {"forecast", "future", "what if", "expiry"},
	RepoChain:    {"roots", "root history", "root versions"},
	RepoExplain:  {"why", "lookup", "delegation walk"},
	RoleRaw:      {"json", "yaml", "metadata", "view"},
	TagRegistry:  {"check digest", "registry"},
	TagExplain:   {"why", "lookup"},

	DoctorRepair:   {"repair", "mend", "solve"},
	DoctorPlace:    {"go to finding", "where"},
	DoctorProblems: {"show problems only"},
	LogLevel:       {"verbose", "errors only"},
	TasksCancel:    {"stop", "kill"},
	SettingsSave:   {"write config"},

	BeginInit:            {"initialize", "new repository", "create repository", "bootstrap"},
	BeginSignerAdd:       {"signer add", "invite", "grant", "add key", "onboard"},
	BeginSignerRemove:    {"signer remove", "revoke signer", "delete signer"},
	BeginOffBoard:        {"offboard", "leaver", "leaving", "fire", "remove person", "remove key", "compromised"},
	BeginDelegate:        {"delegation add", "grant path"},
	BeginEdit:            {"delegation edit", "change paths", "add path", "remove path"},
	BeginUndelegate:      {"delegation remove"},
	BeginPurge:           {"delegation purge"},
	BeginThreshold:       {"thresholds", "m of n", "quorum"},
	BeginRenewAll:        {"expiry", "expiring", "expires", "soon", "everything"},
	BeginRenew:           {"expiry", "expiring", "expired", "extend", "resign", "re-sign"},
	BeginCountersign:     {"cosign", "sign event", "pending signature", "sign request"},
	BeginWitness:         {"vouch", "sign again"},
	BeginSign:            {"trust sign", "add tag", "sign image"},
	BeginRevoke:          {"trust revoke", "untag", "unsign", "delete tag", "remove tag", "target remove", "remove target"},
	BeginCopyTag:         {"copy signature", "copy tag", "promote", "sign same digest"},
	BeginTargetAdd:       {"addhash", "target add", "sign file", "add file"},
	BeginRotate:          {"key rotate", "change key", "replace key", "new key", "exchange key", "lost key", "server-managed"},
	BeginRestate:         {"migrate", "key id", "keyid", "key type", "encoding", "re-encode"},
	BeginBackup:          {"save keys"},
	BeginBackupCheck:     {"test backup", "verify backup"},
	BeginPublish:         {"push", "apply", "changelist"},
	BeginDelete:          {"remove trust data", "rm", "delete repository", "forget"},
	BeginReset:           {"reset", "undo", "unstage", "discard", "changelist"},
	BeginRestore:         {"recover"},
	BeginKeyGenerate:     {"key generate", "make key", "create key"},
	BeginKeyExport:       {"key export"},
	BeginKeyRemove:       {"key remove", "key rm", "rm key", "delete key", "erase key"},
	BeginKeyRename:       {"key rename", "key name", "relabel", "key role"},
	BeginPassphrase:      {"key passwd", "passwd", "password", "encrypt key", "re-encrypt"},
	GoCeremony:           {"ceremonies", "offline root", "root signing", "m of n", "custodians"},
	BeginCeremonySign:    {"sign offline", "root key ceremony", "sign root"},
	BeginCeremonyMerge:   {"collect signatures", "merge signatures"},
	BeginCeremonyPublish: {"publish root"},
	BeginCeremonyStart:   {"new ceremony", "prepare ceremony", "replace custodian", "ceremony"},
	BeginCeremonyAsk:     {"key request", "register key"},
	BeginTokenPIN:        {"token pin", "yubikey pin", "change-pin"},
	BeginTokenReplace:    {"token replace", "lost token", "replace yubikey", "new token"},
	BeginTokenMake:       {"token generate", "yubikey key", "generate on token", "key on token"},
	BeginTokenImport:     {"token import", "import to token", "put on token", "move to token"},
	BeginTokenCert:       {"token certificate", "renew certificate"},
	BeginKeyImport:       {"key import", "key load", "load key", "add key"},
}
