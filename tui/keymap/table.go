package keymap

// The IDs of actions that work everywhere.
const (
	Back       ID = "app.back"
	BackQuit   ID = "app.back-or-quit"
	Quit       ID = "app.quit"
	Commands   ID = "app.commands"
	ShowHelp   ID = "app.help"
	Find       ID = "app.filter"
	Sort       ID = "app.sort"
	Copy       ID = "app.copy"
	Refresh    ID = "app.refresh"
	Redraw     ID = "app.redraw"
	Suspend    ID = "app.suspend"
	Mouse      ID = "app.mouse"
	GoRepos    ID = "go.repos"
	GoKeys     ID = "go.keys"
	GoTokens   ID = "go.tokens"
	GoSigners  ID = "go.signers"
	TokenTouch ID = "token.touch"
	TokenMove  ID = "token.move"
	GoStaged   ID = "go.staged"
	GoLessons  ID = "go.lessons"
	GoDoctor   ID = "go.doctor"
	GoLog      ID = "go.log"
	GoTasks    ID = "go.tasks"
	GoWelcome  ID = "go.welcome"
	GoSettings ID = "go.settings"
	GoEnv      ID = "go.env"
	GoContexts ID = "go.contexts"
	GoCeremony ID = "go.ceremony"
)

// The IDs of moves in lists, trees and panes.
const (
	Up        ID = "move.up"
	Down      ID = "move.down"
	PageUp    ID = "move.page-up"
	PageDown  ID = "move.page-down"
	Top       ID = "move.top"
	Bottom    ID = "move.bottom"
	Left      ID = "move.left"
	Right     ID = "move.right"
	NextPane  ID = "move.next-pane"
	PrevPane  ID = "move.previous-pane"
	Open      ID = "move.open"
	ToggleRow ID = "move.fold"
	Mark      ID = "mark.row"
	MarkRange ID = "mark.range"
	MarkAll   ID = "mark.all"
)

// The IDs of actions of single screens.
const (
	ReposProblems  ID = "repos.problems"
	ReposSeen      ID = "repos.seen"
	RepoRoles      ID = "repo.roles"
	RepoKeys       ID = "repo.keys"
	RepoSigners    ID = "repo.signers"
	RepoTags       ID = "repo.tags"
	RepoHistory    ID = "repo.history"
	RepoRaw        ID = "repo.raw"
	RepoQuorum     ID = "repo.quorum"
	RepoForecast   ID = "repo.forecast"
	RepoChain      ID = "repo.chain"
	RepoExplain    ID = "repo.explain"
	HistoryMore    ID = "history.more"
	HistoryOf      ID = "history.of"
	RepoNextTab    ID = "repo.next-tab"
	RepoPrevTab    ID = "repo.previous-tab"
	RoleRaw        ID = "role.raw"
	TagRegistry    ID = "tag.registry"
	TagExplain     ID = "tag.explain"
	DayLater       ID = "forecast.day-later"
	DayEarlier     ID = "forecast.day-earlier"
	MonthLater     ID = "forecast.month-later"
	MonthEarlier   ID = "forecast.month-earlier"
	NextFailure    ID = "forecast.next-failure"
	Today          ID = "forecast.today"
	DoctorProblems ID = "doctor.problems"
	DoctorRepair   ID = "doctor.repair"
	DoctorPlace    ID = "doctor.place"
	LogLevel       ID = "log.level"
	TasksCancel    ID = "tasks.cancel"
	SettingsChange ID = "settings.change"
	SettingsUndo   ID = "settings.undo"
	SettingsSave   ID = "settings.save"
	ContextsUse    ID = "contexts.use"
	ContextsMark   ID = "contexts.mark"
	CeremonyOpen   ID = "ceremony.open"
	CeremonyNext   ID = "ceremony.next"
	FlowNext       ID = "flow.next"
	FlowBack       ID = "flow.back"
	FlowSwitch     ID = "flow.switch"
	FlowSave       ID = "flow.save"
	FlowBrowse     ID = "flow.browse"
	FlowDetails    ID = "flow.details"
	FlowCodes      ID = "flow.codes"
)

// The IDs of actions that begin a guided change.
const (
	BeginInit            ID = "begin.init"
	BeginSignerAdd       ID = "begin.signer-add"
	BeginSignerRemove    ID = "begin.signer-remove"
	BeginOffBoard        ID = "begin.off-board"
	BeginRenew           ID = "begin.renew"
	BeginRenewAll        ID = "begin.renew-all"
	BeginWitness         ID = "begin.witness"
	BeginCountersign     ID = "begin.countersign"
	BeginRotate          ID = "begin.rotate"
	BeginRestate         ID = "begin.restate"
	BeginDelegate        ID = "begin.delegation-add"
	BeginEdit            ID = "begin.delegation-edit"
	BeginUndelegate      ID = "begin.delegation-remove"
	BeginPurge           ID = "begin.delegation-purge"
	BeginThreshold       ID = "begin.threshold"
	BeginBackup          ID = "begin.backup"
	BeginBackupCheck     ID = "begin.backup-check"
	BeginRestore         ID = "begin.restore"
	BeginKeyImport       ID = "begin.key-import"
	BeginKeyGenerate     ID = "begin.key-generate"
	BeginKeyExport       ID = "begin.key-export"
	BeginPassphrase      ID = "begin.key-passphrase" //nolint:gosec // the name of an action, not a passphrase
	BeginKeyRemove       ID = "begin.key-remove"
	BeginKeyRename       ID = "begin.key-rename"
	BeginConnect         ID = "begin.connect"
	BeginTokenPIN        ID = "begin.token-pin"
	BeginTokenReplace    ID = "begin.token-replace" //nolint:gosec // the name of an action
	BeginTokenMake       ID = "begin.token-generate"
	BeginTokenImport     ID = "begin.token-import"      //nolint:gosec // the name of an action
	BeginTokenCert       ID = "begin.token-certificate" //nolint:gosec // the name of an action
	BeginCeremonySign    ID = "begin.ceremony-sign"
	BeginCeremonyMerge   ID = "begin.ceremony-merge"
	BeginCeremonyPublish ID = "begin.ceremony-publish"
	BeginCeremonyStart   ID = "begin.ceremony-start"
	BeginCeremonyAsk     ID = "begin.ceremony-request"
	BeginPublish         ID = "begin.publish"
	BeginReset           ID = "begin.reset"
	BeginDelete          ID = "begin.delete"
	BeginSign            ID = "begin.sign"
	BeginRevoke          ID = "begin.revoke"
	BeginCopyTag         ID = "begin.copy"
	BeginTargetAdd       ID = "begin.target-add"
)

// The IDs of actions inside overlays.
const (
	FilterKeep    ID = "filter.keep"
	FilterClear   ID = "filter.clear"
	PaletteRun    ID = "commands.run"
	PaletteClose  ID = "commands.close"
	MenuChoose    ID = "menu.choose"
	MenuClose     ID = "menu.close"
	DialogConfirm ID = "dialog.confirm"
	DialogSwitch  ID = "dialog.switch"
	DialogYes     ID = "dialog.yes"
	DialogClose   ID = "dialog.close"
	HelpClose     ID = "help.close"
)

var table = []Action{
	{ID: ShowHelp, Scope: Global, Keys: []string{"?", "f1"}, Label: "help", Title: "Show help", Word: "?", Help: "Show what you can do on this screen, or help on the open question.", Rank: 90},
	{ID: Commands, Scope: Global, Keys: []string{"ctrl+p", ":"}, Label: "commands", Title: "Search commands", Help: "Search all commands, places and repositories.", Rank: 80},
	{ID: Find, Scope: Global, Keys: []string{"/"}, Label: "filter", Title: "Filter rows", Word: "f", Help: "Show only the rows that match what you type.", Rank: 40},
	{ID: Sort, Scope: Global, Keys: []string{"s"}, Label: "sort", Title: "Sort rows", Word: "s", Help: "Choose the column to sort by; choose it again to reverse the order.", Rank: 50},
	{ID: Copy, Scope: Global, Keys: []string{"y"}, Label: "copy", Title: "Copy value", Word: "y", Help: "Copy a name, digest, key ID or command of the selected row.", Rank: 60},
	{ID: Refresh, Scope: Global, Keys: []string{"r"}, Label: "refresh", Title: "Refresh", Word: "r", Help: "Read again from the source.", Rank: 65},
	{ID: Back, Scope: Global, Keys: []string{"esc"}, Label: "back", Title: "Go back", Word: "b", Help: "Clear the filter, or go back one place. Never quits.", Rank: 70},
	{ID: BackQuit, Scope: Global, Keys: []string{"q"}, Label: "back, quit", Title: "Back or quit", Help: "Go back one place; at the first place, ask whether to quit."},
	{ID: Quit, Scope: Global, Keys: []string{"ctrl+c"}, Label: "quit", Title: "Quit", Word: "q", Help: "Quit at once, from anywhere."},
	{ID: GoRepos, Scope: Global, Keys: []string{"H"}, Label: "repositories", Title: "Repositories", Word: "go repos", Help: "All repositories, with their health and next expiry."},
	{ID: GoKeys, Scope: Global, Keys: []string{"K"}, Label: "keys", Title: "Private keys", Word: "go keys", Help: "The private keys on this machine, and where each is used."},
	{ID: GoCeremony, Scope: Global, Label: "ceremony", Title: "Ceremony", Word: "go ceremony", Help: "Several people sign, each on their own machine: what to do now, and who is next."},
	{ID: GoTokens, Scope: Global, Keys: []string{"A"}, Label: "tokens", Title: "Tokens", Word: "go tokens", Help: "The tokens that are plugged in, their keys, and what is lost with one."},
	{ID: GoSigners, Scope: Global, Keys: []string{"S"}, Label: "signers", Title: "Signers", Word: "go signers", Help: "The people and robots who sign, in all repositories."},
	{ID: GoStaged, Scope: Global, Keys: []string{"C"}, Label: "staged changes", Title: "Staged changes", Word: "go staged", Help: "Changes staged on this machine but not published yet."},
	{ID: GoDoctor, Scope: Global, Keys: []string{"D"}, Label: "doctor", Title: "Doctor", Word: "go doctor", Help: "All findings and their fixes."},
	{ID: GoLog, Scope: Global, Keys: []string{"L"}, Label: "log", Title: "Log", Word: "go log", Help: "Every request and check of this run."},
	{ID: GoTasks, Scope: Global, Keys: []string{"T"}, Label: "tasks", Title: "Tasks", Word: "go tasks", Help: "Work in the background: what runs, and the result of what ran."},
	{ID: GoSettings, Scope: Global, Keys: []string{","}, Label: "settings", Title: "Settings", Word: "go settings", Help: "Every setting, its value, and where it comes from."},
	{ID: GoEnv, Scope: Global, Label: "other clients", Title: "Other clients", Word: "go env", Help: "What other clients do here: whether they verify, and with which server."},
	{ID: GoContexts, Scope: Global, Keys: []string{"@"}, Label: "contexts", Title: "Contexts", Word: "ctx", Help: "Switch to another server, or show several together."},
	{ID: GoLessons, Scope: Global, Keys: []string{"P"}, Label: "lessons", Title: "Lessons", Word: "go lessons", Help: "The lessons of the practice world.", Rank: 35},
	{ID: TokenTouch, Scope: Global, Keys: []string{"f2"}, Label: "touch token", Title: "Touch practice token", Word: "touch", Help: "Touch the practice token, when it asks for a touch.", Rank: 1},
	{ID: TokenMove, Scope: Global, Keys: []string{"f3"}, Label: "move token", Title: "Move practice token", Word: "move token", Help: "Pull the practice token out, or plug it in again."},
	{ID: GoWelcome, Scope: Global, Label: "welcome", Title: "Welcome", Word: "go welcome", Help: "What trustdeck found on this machine, and where to start."},
	{ID: Mouse, Scope: Global, Keys: []string{"m"}, Label: "mouse on/off", Title: "Switch mouse", Help: "Turn the mouse off to select text with the terminal, or on again."},
	{ID: Redraw, Scope: Global, Keys: []string{"ctrl+l"}, Label: "redraw", Title: "Redraw screen", Help: "Draw the whole screen again."},
	{ID: Suspend, Scope: Global, Keys: []string{"ctrl+z"}, Label: "suspend", Title: "Suspend", Help: "Suspend trustdeck and return to the shell; fg resumes it."},

	{ID: Open, Scope: Move, Keys: []string{"enter"}, Label: "open", Title: "Open", Help: "Open the selected row.", Rank: 10},
	{ID: Up, Scope: Move, Keys: []string{"up", "k"}, Label: "up", Help: "Move one row up."},
	{ID: Down, Scope: Move, Keys: []string{"down", "j"}, Label: "down", Help: "Move one row down."},
	{ID: PageUp, Scope: Move, Keys: []string{"pgup"}, Label: "page up", Help: "Move one page up."},
	{ID: PageDown, Scope: Move, Keys: []string{"pgdown"}, Label: "page down", Help: "Move one page down."},
	{ID: Top, Scope: Move, Keys: []string{"home", "g"}, Label: "first", Help: "Move to the first row."},
	{ID: Bottom, Scope: Move, Keys: []string{"end", "G"}, Label: "last", Help: "Move to the last row."},
	{ID: Left, Scope: Move, Keys: []string{"left", "h"}, Label: "left", Help: "Go to the pane on the left, or fold the branch of the tree."},
	{ID: Right, Scope: Move, Keys: []string{"right", "l"}, Label: "right", Help: "Unfold the branch of the tree, or go to the pane on the right."},
	{ID: NextPane, Scope: Move, Keys: []string{"tab"}, Label: "pane", Help: "Go to the next pane.", Rank: 20},
	{ID: PrevPane, Scope: Move, Keys: []string{"shift+tab"}, Label: "previous pane", Help: "Go to the previous pane."},
	{ID: Mark, Scope: Marks, Keys: []string{"space"}, Label: "mark", Title: "Mark row", Help: "Mark the selected row, or unmark it.", Rank: 15},
	{ID: MarkRange, Scope: Marks, Keys: []string{"v"}, Label: "range", Title: "Mark range", Word: "mark range", Help: "Start a range here; move, then press the same key to mark everything in between.", Rank: 16},
	{ID: MarkAll, Scope: Marks, Keys: []string{"*"}, Label: "all", Title: "Mark all", Word: "mark all", Help: "Mark all shown rows, or unmark them if all are marked.", Rank: 17},
	{ID: ToggleRow, Scope: Move, Keys: []string{"space"}, Label: "fold", Help: "Fold or unfold the branch of the tree."},

	{ID: ReposProblems, Scope: Repos, Keys: []string{"f"}, Label: "problems", Title: "Show problems only", Help: "Show only repositories that need action, or all of them again.", Rank: 30},
	{ID: ReposSeen, Scope: Repos, Keys: []string{"c"}, Label: "all seen", Title: "Mark as seen", Help: "Clear every * that marks a change since you last looked."},

	{ID: RepoRoles, Scope: Repo, Keys: []string{"1"}, Label: "roles", Title: "Show roles", Help: "Show the tree of roles."},
	{ID: RepoKeys, Scope: Repo, Keys: []string{"2"}, Label: "keys", Title: "Show keys", Help: "Show the keys that any role lists."},
	{ID: RepoSigners, Scope: Repo, Keys: []string{"3"}, Label: "signers", Title: "Show signers", Help: "Show the people and robots who may sign tags."},
	{ID: RepoTags, Scope: Repo, Keys: []string{"4"}, Label: "tags", Title: "Show tags", Help: "Show the signed tags."},
	{ID: RepoHistory, Scope: Repo, Keys: []string{"5"}, Label: "history", Title: "Show history", Help: "Show publish by publish what changed, and who could sign."},
	{ID: RepoRaw, Scope: Repo, Keys: []string{"6"}, Label: "raw", Title: "Show raw files", Help: "Show the metadata files as received."},
	{ID: RepoQuorum, Scope: Repo, Keys: []string{"7"}, Label: "quorum", Title: "Show quorum", Help: "Show who must sign to publish each role, and how many keys can be lost."},
	{ID: RepoForecast, Scope: Repo, Keys: []string{"8"}, Label: "time machine", Title: "Time machine", Help: "Show when each client fails if no one publishes again."},
	{ID: RepoChain, Scope: Repo, Keys: []string{"9"}, Label: "root chain", Title: "Show root chain", Help: "Show all roots, and who signed each of them."},
	{ID: RepoExplain, Scope: Repo, Keys: []string{"x"}, Label: "explain..", Title: "Explain target", Help: "Explain a target: show how clients look for it, delegation by delegation."},
	{ID: RepoNextTab, Scope: Repo, Keys: []string{"]"}, Label: "next tab", Title: "Next tab", Help: "Go to the next tab.", Rank: 25},
	{ID: RepoPrevTab, Scope: Repo, Keys: []string{"["}, Label: "previous tab", Title: "Previous tab", Help: "Go to the previous tab."},

	{ID: HistoryMore, Scope: History, Keys: []string{"z"}, Label: "older", Title: "Older publishes", Help: "Read older publishes.", Rank: 30},
	{ID: HistoryOf, Scope: Keys, Keys: []string{"z"}, Label: "its history", Title: "Show its history", Help: "Show the publishes that the selected key or signer has to do with.", Rank: 35},

	{ID: RoleRaw, Scope: Role, Keys: []string{"o"}, Label: "raw", Title: "Show raw file", Help: "Open the role's file as received.", Rank: 30},

	{ID: TagRegistry, Scope: Tag, Keys: []string{"v"}, Label: "verify", Title: "Verify tag", Help: "Ask the registry again whether it serves the signed digest.", Rank: 30},
	{ID: TagExplain, Scope: Tag, Keys: []string{"x"}, Label: "explain", Title: "Explain tag", Help: "Show how clients look for it, delegation by delegation.", Rank: 35},

	{ID: NextFailure, Scope: Forecast, Keys: []string{"n"}, Label: "next failure", Title: "Next failure", Help: "Go to the next day on which something starts to fail.", Rank: 15},
	{ID: DayEarlier, Scope: Forecast, Keys: []string{"left", "h"}, Label: "day earlier", Title: "Day earlier", Help: "Go one day back."},
	{ID: DayLater, Scope: Forecast, Keys: []string{"right", "l"}, Label: "day later", Title: "Day later", Help: "Go one day ahead.", Rank: 20},
	{ID: MonthEarlier, Scope: Forecast, Keys: []string{"[", "shift+left"}, Label: "month earlier", Title: "Month earlier", Help: "Go one month back."},
	{ID: MonthLater, Scope: Forecast, Keys: []string{"]", "shift+right"}, Label: "month later", Title: "Month later", Help: "Go one month ahead.", Rank: 25},
	{ID: Today, Scope: Forecast, Keys: []string{"t"}, Label: "today", Title: "Today", Help: "Go back to the first day.", Rank: 30},

	{ID: DoctorRepair, Scope: Doctor, Keys: []string{"enter"}, Label: "fix..", Title: "Fix finding", Help: "Start the fix of the finding, with its answers filled in.", Rank: 10},
	{ID: DoctorPlace, Scope: Doctor, Keys: []string{"o"}, Label: "show place", Title: "Show place", Help: "Go to what the finding is about.", Rank: 15},
	{ID: DoctorProblems, Scope: Doctor, Keys: []string{"f"}, Label: "problems", Title: "Hide notices", Help: "Hide notices, or show them again.", Rank: 30},

	{ID: LogLevel, Scope: Log, Keys: []string{"l"}, Label: "level", Title: "Change log level", Help: "Show all events, then warnings and failures, then failures only.", Rank: 30},

	{ID: TasksCancel, Scope: Tasks, Keys: []string{"c"}, Label: "cancel", Title: "Cancel task", Help: "Stop the selected task.", Rank: 20},

	{ID: SettingsChange, Scope: Settings, Keys: []string{"enter"}, Label: "change..", Title: "Change setting", Help: "Change the selected setting for this run. The file is not written yet.", Rank: 10},
	{ID: SettingsSave, Scope: Settings, Keys: []string{"w"}, Label: "save..", Title: "Save settings", Help: "Show what would be written to config.toml, then write it if you agree.", Rank: 20, Danger: Local},
	{ID: SettingsUndo, Scope: Settings, Keys: []string{"u"}, Label: "undo", Title: "Undo change", Help: "Undo the unsaved change of the selected setting.", Rank: 30},

	{ID: ContextsUse, Scope: Contexts, Keys: []string{"enter"}, Label: "switch", Title: "Switch context", Help: "Switch to the selected context, or to the marked ones.", Rank: 10},
	{ID: ContextsMark, Scope: Contexts, Keys: []string{"space"}, Label: "mark", Title: "Mark context", Help: "Mark the context, to show several together.", Rank: 15},

	{ID: CeremonyNext, Scope: Ceremony, Keys: []string{"enter"}, Label: "next step", Title: "Next step", Help: "Do what is to be done now, if it is to be done on this machine.", Rank: 10},
	{ID: CeremonyOpen, Scope: Ceremony, Keys: []string{"o"}, Label: "open file..", Title: "Open ceremony file", Help: "Open the file of a ceremony.", Rank: 15},

	{ID: FlowNext, Scope: Flow, Keys: []string{"enter"}, Label: "next", Title: "Next", Help: "Accept the answer and continue, or press the selected button.", Rank: 10},
	{ID: FlowBack, Scope: Flow, Keys: []string{"alt+left"}, Label: "previous", Title: "Previous question", Help: "Go back one question; answers are kept.", Rank: 75},
	{ID: FlowSwitch, Scope: Flow, Keys: []string{"tab", "shift+tab"}, Label: "switch", Title: "Next field", Help: "Go to the next button or field.", Rank: 20},
	{ID: FlowBrowse, Scope: Flow, Keys: []string{"ctrl+o"}, Label: "browse", Title: "Browse files", Help: "Choose a file from a list, starting in the folder that you typed.", Rank: 21},
	{ID: FlowCodes, Scope: Flow, Keys: []string{"c"}, Label: "QR code", Title: "Show QR code", Help: "Show the lines as QR codes on the whole screen, to be scanned on the other machine.", Rank: 21},
	{ID: FlowDetails, Scope: Flow, Keys: []string{"d"}, Label: "details", Title: "Show details", Help: "Show each file and step of the review, or hide them again.", Rank: 22},
	{ID: FlowSave, Scope: Flow, Keys: []string{"p"}, Label: "save plan..", Title: "Save plan", Help: "Save the plan to a file, for others to review and apply. Nothing is changed.", Rank: 25},

	{ID: BeginInit, Scope: Change, Keys: []string{"i"}, Label: "init..", Title: "Initialise repository", Help: "Create the keys and first trust data of a repository.", Rank: 45, Danger: Publishes},
	{ID: BeginSignerAdd, Scope: Change, Keys: []string{"+"}, Label: "add signer..", Title: "Add signer", Help: "Let a person or robot sign tags of one or more repositories.", Rank: 46, Danger: Publishes},
	{ID: BeginSignerRemove, Scope: Change, Keys: []string{"d"}, Label: "remove..", Title: "Remove signer", Help: "Remove a signer from one or more repositories.", Rank: 47, Danger: Irreversible},
	{ID: BeginOffBoard, Scope: Change, Keys: []string{"O"}, Label: "off-board..", Title: "Off-board person", Help: "Remove the people who are leaving from every repository.", Rank: 48, Danger: Irreversible},
	{ID: BeginRenew, Scope: Change, Keys: []string{"E"}, Label: "renew..", Title: "Renew signatures", Help: "Re-sign roles with a new expiry date.", Rank: 43, Danger: Publishes},
	{ID: BeginRenewAll, Scope: Change, Keys: []string{"X"}, Label: "renew all..", Title: "Renew all expiring", Help: "Renew every role that expires soon, in all repositories.", Rank: 50, Danger: Publishes},
	{ID: BeginWitness, Scope: Change, Keys: []string{"w"}, Label: "witness..", Title: "Witness role", Help: "Re-sign roles unchanged.", Rank: 42, Danger: Publishes},
	{ID: BeginCountersign, Scope: Change, Label: "countersign..", Title: "Countersign", Word: "countersign", Help: "Add your signatures to files that wait for several people's.", Danger: Publishes},
	{ID: BeginRotate, Scope: Change, Keys: []string{"R"}, Label: "rotate..", Title: "Rotate key", Help: "Replace a role's key.", Rank: 44, Danger: Irreversible},
	{ID: BeginRestate, Scope: Change, Label: "restate keys..", Title: "Restate keys", Word: "restate", Help: "List keys in today's form, under the key IDs that follow from it.", Danger: Publishes},
	{ID: BeginDelegate, Scope: Change, Label: "delegate..", Title: "Add delegation", Word: "delegate", Help: "Let keys sign a role below targets or below another delegation.", Danger: Publishes},
	{ID: BeginEdit, Scope: Change, Label: "edit role..", Title: "Edit delegation", Word: "edit", Help: "Add or remove keys and paths of a delegation, or change its threshold.", Danger: Irreversible},
	{ID: BeginUndelegate, Scope: Change, Label: "undelegate..", Title: "Remove delegation", Word: "undelegate", Help: "Remove delegations, with all roles below them.", Danger: Irreversible},
	{ID: BeginPurge, Scope: Change, Label: "purge key..", Title: "Purge key", Word: "purge", Help: "Remove a key from every delegation that lists it.", Danger: Irreversible},
	{ID: BeginThreshold, Scope: Change, Label: "threshold..", Title: "Change threshold", Word: "threshold", Help: "Change how many keys must sign a role.", Danger: Irreversible},
	{ID: BeginDelete, Scope: Change, Label: "delete..", Title: "Delete trust data", Word: "delete", Help: "Delete the trust data of a repository on this machine, or on its server too.", Danger: Irreversible},
	{ID: BeginBackup, Scope: Change, Keys: []string{"b"}, Label: "backup..", Title: "Back up keys", Help: "Back up private keys and trust data to one file, and test every key in it.", Rank: 49},
	{ID: BeginBackupCheck, Scope: Change, Keys: []string{"V"}, Label: "check backup..", Title: "Check backup", Help: "Test a backup as if you needed it now, and list what it lacks.", Rank: 51},
	{ID: BeginRestore, Scope: Change, Keys: []string{"B"}, Label: "restore..", Title: "Restore backup", Help: "Restore keys and trust data from a backup to the trust folder.", Rank: 52, Danger: Local},
	{ID: BeginKeyGenerate, Scope: Change, Keys: []string{"N"}, Label: "generate..", Title: "Generate key", Help: "Make a private key for a signer, or a root key.", Rank: 46, Danger: Local},
	{ID: BeginKeyExport, Scope: Change, Keys: []string{"x"}, Label: "export..", Title: "Export keys", Help: "Write private keys to a file for another program, encrypted as they are.", Rank: 54},
	{ID: BeginPassphrase, Scope: Change, Keys: []string{"a"}, Label: "passphrase..", Title: "Change passphrase", Help: "Give private keys one new passphrase, all of them or none.", Rank: 55, Danger: Local},
	{ID: BeginKeyRename, Scope: Change, Keys: []string{"M"}, Label: "rename..", Title: "Rename key", Help: "Change the name of a delegation's private key.", Rank: 57, Danger: Local},
	{ID: BeginKeyRemove, Scope: Change, Keys: []string{"e"}, Label: "erase..", Title: "Remove keys", Help: "Delete private keys from this machine, after a look at what needs them.", Rank: 56, Danger: Irreversible},
	{ID: BeginKeyImport, Scope: Change, Keys: []string{"I"}, Label: "import..", Title: "Import keys", Help: "Copy private keys from files into the trust folder.", Rank: 53, Danger: Local},

	{ID: BeginPublish, Scope: Change, Keys: []string{"p"}, Label: "publish..", Title: "Publish staged changes", Help: "Publish what another client has staged on this machine.", Rank: 39, Danger: Publishes},
	{ID: BeginReset, Scope: Change, Keys: []string{"u"}, Label: "drop..", Title: "Drop staged changes", Help: "Drop what another client has staged on this machine, and keep the files.", Rank: 40, Danger: Local},

	{ID: BeginSign, Scope: Change, Keys: []string{"t"}, Label: "sign..", Title: "Sign tag", Help: "Sign tags with the digests that the registry serves.", Rank: 36, Danger: Publishes},
	{ID: BeginRevoke, Scope: Change, Keys: []string{"U"}, Label: "revoke..", Title: "Revoke tag", Help: "Remove tags from every role that lists them.", Rank: 37, Danger: Irreversible},
	{ID: BeginCopyTag, Scope: Change, Keys: []string{"Y"}, Label: "copy to..", Title: "Retag signature", Help: "Sign other tags with the digest and size of the selected one.", Rank: 38, Danger: Publishes},
	{ID: BeginTargetAdd, Scope: Change, Label: "add file..", Title: "Add target", Word: "add target", Help: "Sign a file, or its hashes, under any name.", Danger: Publishes},

	{ID: BeginConnect, Scope: Change, Keys: []string{"c"}, Label: "connect..", Title: "Connect to server", Help: "Connect to another server, and save it as a context.", Rank: 41, Danger: Local},

	{ID: BeginCeremonySign, Scope: Change, Keys: []string{"1"}, Label: "sign..", Title: "Sign in ceremony", Word: "ceremony sign", Help: "Sign what a ceremony asks of a key on this machine.", Rank: 41, Danger: Local},
	{ID: BeginCeremonyMerge, Scope: Change, Keys: []string{"2"}, Label: "merge..", Title: "Merge ceremony copies", Word: "ceremony merge", Help: "Bring the signatures of copies into the file of a ceremony.", Rank: 42, Danger: Local},
	{ID: BeginCeremonyPublish, Scope: Change, Keys: []string{"3"}, Label: "publish..", Title: "Publish ceremony", Word: "ceremony publish", Help: "Publish what everyone has signed.", Rank: 43, Danger: Irreversible},
	{ID: BeginCeremonyStart, Scope: Change, Label: "start..", Title: "Start ceremony", Word: "ceremony start", Help: "Prepare a ceremony: several people sign, each on their own machine.", Danger: Local},
	{ID: BeginCeremonyAsk, Scope: Change, Label: "request..", Title: "Request ceremony place", Word: "ceremony request", Help: "Ask for a place for a key of this machine.", Danger: Local},
	{ID: BeginTokenPIN, Scope: Change, Keys: []string{"n"}, Label: "PIN..", Title: "Change PIN", Help: "Replace the PIN of a token.", Rank: 58, Danger: Local},
	{ID: BeginTokenReplace, Scope: Change, Label: "replace..", Title: "Replace token", Help: "Have another key sign wherever the keys of a token may.", Danger: Irreversible},
	{ID: BeginTokenMake, Scope: Change, Keys: []string{"F"}, Label: "new key..", Title: "Make token key", Help: "Have a token make a key that can't be copied from it.", Rank: 59, Danger: Local},
	{ID: BeginTokenImport, Scope: Change, Keys: []string{"J"}, Label: "load key..", Title: "Load onto token", Help: "Copy a key of this machine, a file or a backup onto a token.", Rank: 60, Danger: Local},
	{ID: BeginTokenCert, Scope: Change, Keys: []string{"Z"}, Label: "certificate..", Title: "Write certificate", Help: "Write the certificate of a key on a token again.", Rank: 61, Danger: Local},

	{ID: FilterKeep, Scope: Filter, Keys: []string{"enter"}, Label: "keep", Help: "Keep the filter and return to the list.", Rank: 10},
	{ID: FilterClear, Scope: Filter, Keys: []string{"esc"}, Label: "clear", Help: "Clear the filter and return to the list.", Rank: 20},

	{ID: PaletteRun, Scope: Palette, Keys: []string{"enter"}, Label: "run", Help: "Do what is selected.", Rank: 10},
	{ID: PaletteClose, Scope: Palette, Keys: []string{"esc"}, Label: "close", Help: "Close the list of commands.", Rank: 20},

	{ID: MenuChoose, Scope: Menu, Keys: []string{"enter"}, Label: "choose", Help: "Choose the selected entry.", Rank: 10},
	{ID: MenuClose, Scope: Menu, Keys: []string{"esc", "q"}, Label: "cancel", Help: "Close the menu.", Rank: 20},

	{ID: DialogSwitch, Scope: Dialog, Keys: []string{"tab", "left", "right", "shift+tab"}, Label: "switch", Help: "Go to the other button.", Rank: 10},
	{ID: DialogConfirm, Scope: Dialog, Keys: []string{"enter"}, Label: "press button", Help: "Press the selected button.", Rank: 20},
	{ID: DialogYes, Scope: Dialog, Keys: []string{"y"}, Label: "yes", Help: "Press the first button, if there is nothing to type."},
	{ID: DialogClose, Scope: Dialog, Keys: []string{"esc"}, Label: "cancel", Help: "Close the question without doing anything.", Rank: 30},

	{ID: HelpClose, Scope: Help, Keys: []string{"esc"}, Label: "close", Help: "Clear the search, then close the help.", Rank: 10},
}
