package effect

import "strings"

// isReading knows the verbs of questions, and the nouns that end the name of one
// ("users_info").
func isReading(word string) bool {
	switch word {
	case "get", "gets", "retrieve", "fetch", "list", "lists", "search", "find", "lookup", "read", "query", "show", "describe",
		"count", "check", "view", "export", "download", "browse", "enumerate", "inspect", "info", "details", "detail", "status",
		"history", "exists", "is", "has", "whoami", "identity", "batchget", "mget", "preview", "calculate", "estimate", "simulate",
		"validate", "compare", "filter", "stat", "stats", "statistics", "members", "load", "return", "returns", "obtain", "scan", "peek", "ping", "test":
		return true
	}
	return false
}

// isThing knows the reading verbs that are things as well: a list can be deleted,
// a check be voided.
func isThing(word string) bool {
	switch word {
	case "list", "lists", "search", "query", "view", "count", "check", "export", "download", "test", "filter", "read", "detail", "details", "status",
		"history", "info", "preview", "estimate", "identity", "members", "return", "returns", "scan", "stat", "stats", "statistics", "load":
		return true
	}
	return false
}

// isQuestion knows the words that make a question of a POST.
func isQuestion(word string) bool {
	switch word {
	case "search", "query", "lookup", "find", "count", "batchget", "bulkget", "batchread", "bulkread", "batchfetch", "bulkfetch", "mget", "msearch", "typeahead", "autocomplete":
		return true
	}
	return false
}

// isAsking knows the verbs that make a question of a POST where id and path both
// have one. To test a connection sends something, and to export starts a job.
func isAsking(word string) bool {
	switch word {
	case "get", "list", "read", "fetch", "retrieve", "filter", "describe", "validate", "calculate", "estimate", "preview", "compare", "simulate":
		return true
	}
	return isQuestion(word)
}

// isWriting knows the verbs that change something and take nothing away. Only a
// GET needs them: whatever is sent in another way is a write unless it is a
// question.
func isWriting(word string) bool {
	switch word {
	case "create", "add", "update", "set", "edit", "patch", "put", "write", "send", "post", "upload", "move", "copy", "clone", "duplicate",
		"join", "invite", "open", "start", "restart", "reboot", "run", "rerun", "execute", "trigger", "fire", "mark", "assign", "approve", "enable",
		"activate", "reactivate", "pay", "charge", "capture", "refresh", "generate", "sync", "publish", "push", "schedule", "reschedule", "share", "star", "pin", "rename",
		"convert", "restore", "complete", "subscribe", "exchange", "request", "accept", "submit", "register", "import", "save", "insert", "upsert",
		"modify", "change", "apply", "login", "signin", "connect", "authorize", "grant", "allow", "unlock", "lock", "reply", "forward", "notify",
		"confirm", "verify", "resend", "retry", "transfer", "book", "reserve", "issue", "make", "do", "perform", "process", "launch", "begin",
		"resume", "pause", "follow", "like", "vote", "rate", "tag", "attach", "associate", "link", "indicate", "record", "checkout", "pop", "acknowledge",
		"unarchive", "undelete", "untrash", "unblock", "unban", "unhide", "recover", "reopen", "toggle", "hide", "mute", "impersonate", "enroll", "append", "prepend", "swap", "adjust",
		"oauth", "renew", "extend", "invoke", "enqueue", "dispatch", "provision", "deploy", "install", "initialize", "initiate", "authenticate", "consume", "redeem", "claim", "snooze",
		"migrate", "rebuild", "reindex", "recalculate", "increment", "decrement", "ack", "donate", "purchase", "buy", "withhold", "rerate", "replay", "respond", "answer", "sign", "promote", "upgrade":
		return true
	}
	return false
}

// isPlainWriting knows those of them that are never things.
func isPlainWriting(word string) bool {
	switch word {
	case "create", "add", "update", "set", "edit", "put", "patch", "write", "send", "run", "rerun", "execute", "upsert", "insert", "append", "save", "modify",
		"generate", "rename", "trigger", "enable", "activate", "assign", "approve", "move", "convert", "publish", "submit", "apply", "invoke", "enqueue", "configure":
		return true
	}
	return false
}

// isDestroying knows the verbs that take something away and are hardly ever
// anything but verbs.
func isDestroying(word string) bool {
	switch word {
	case "delete", "remove", "revoke", "cancel", "purge", "destroy", "erase", "wipe", "kick", "disable", "uninstall", "unlink", "deactivate",
		"unsubscribe", "logout", "logoff", "signout", "disconnect", "terminate", "expire", "invalidate", "gdpr", "anonymize", "anonymise", "pseudonymize", "redact",
		"deauthorize", "deauth", "unauthorize", "deprovision", "unprovision", "decommission", "deregister", "unregister", "deallocate", "delist", "unlist", "unpublish",
		"unshare", "uninvite", "unenroll", "unassign", "unpin", "unstar", "unfollow", "unlike", "untag", "unfavorite", "unbookmark", "unset", "unmap", "unbind", "unmerge",
		"detach", "disassociate", "dissociate", "evict", "eject", "expel", "discard", "dismiss", "abandon", "demote", "downgrade", "suspend",
		"refuse", "rescind", "withdraw", "rollback", "revert", "overwrite", "prune", "truncate", "abort", "shutdown", "teardown", "hangup", "takedown",
		"turnoff", "switchoff", "cutoff", "optout", "optouts", "quarantine", "obliterate", "dedupe", "deduplicate", "rotate", "regenerate", "rekey", "deny", "decline", "del", "rm",
		"batchdelete", "bulkdelete", "deleteall", "unsend", "forget", "oust", "ban", "unjoin", "factoryreset", "cleanup", "writeoff", "disqualify", "offboard", "flushall", "flushdb", "hdel", "zap", "nullify", "annul", "forfeit", "liquidate", "relinquish", "unhire", "nuke", "reimburse", "depublish", "unenrol", "trashed", "shred", "permadelete",
		// in other languages
		"loeschen", "löschen", "loesche", "lösche", "entfernen", "stornieren", "widerrufen", "vernichten", "supprimer", "supprime", "effacer", "annuler", "retirer", "révoquer",
		"eliminar", "elimina", "borrar", "cancelar", "anular", "revocar", "quitar", "deletar", "apagar", "excluir", "remover", "eliminare", "cancellare", "rimuovere", "annullare",
		"verwijderen", "verwijder", "wissen", "annuleren", "intrekken", "radera", "slett", "slette", "slet", "usun", "usuń", "anuluj", "poista", "sil", "smazat", "удалить", "отменить", "削除", "删除", "取消":
		return true
	}
	return beginsDestroying(word)
}

// beginsDestroying knows words that were written together, as in "voidlabel".
func beginsDestroying(word string) bool {
	for _, verb := range [...]string{"delete", "remove", "revoke", "purge", "destroy", "disable", "erase", "cancel", "void", "uninstall", "unsubscribe", "archive"} {
		rest, ok := strings.CutPrefix(word, verb)
		if !ok || len(rest) < 3 {
			if strings.HasSuffix(word, verb) && word != "un"+verb && len(word) > len(verb)+2 && verb != "void" {
				return true // "softdelete"
			}
			continue
		}
		switch {
		case strings.HasPrefix(rest, "l"), strings.HasPrefix(rest, "able"), strings.HasPrefix(rest, "ment"): // cancellation, voidable
		case verb == "void" && rest != "label" && rest != "order" && rest != "invoice" && rest != "payment" && rest != "transaction":
		default:
			return true
		}
	}
	return false
}

// isEnding knows the verbs that take something away and are things or qualities
// as often: where they stand decides.
func isEnding(word string) bool {
	switch word {
	case "archive", "merge", "void", "close", "end", "reset", "clear", "replace", "reject", "block", "refund", "trash", "stop", "leave", "empty",
		"drop", "kill", "halt", "restrict", "freeze", "flush", "spam", "junk", "undo", "finish", "strip", "scrub", "roll", "retire", "resign", "fire", "suppress",
		"blacklist", "blocklist", "denylist", "exclude", "combine", "consolidate", "squash", "recall", "clean", "sunset", "reverse", "reclaim", "debit", "release", "scrap":
		return true
	}
	return isAct(word)
}

// isAct knows the nouns that are acts: to create one is to do it.
func isAct(word string) bool {
	switch word {
	case "refund", "refunds", "cancellation", "cancellations", "deletion", "deletions", "termination", "terminations", "revocation", "revocations",
		"removal", "removals", "reversal", "reversals", "erasure", "deactivation", "deactivations", "void", "voids", "redaction", "unsubscription", "uninstallation", "chargeback":
		return true
	}
	return false
}

// isEnded knows the states that one puts something into to be rid of it.
func isEnded(word string) bool {
	switch word {
	case "deleted", "archived", "cancelled", "canceled", "removed", "revoked", "voided", "closed", "disabled", "inactive", "trashed", "terminated", "expired",
		"suspended", "blocked", "banned", "rejected", "declined", "denied", "refunded", "void", "spam", "trash", "unsubscribed", "lost":
		return true
	}
	return false
}

// isShaping knows the verbs whose object is a thing: in "create-merge-request"
// and "update-a-block" nothing is merged or blocked.
func isShaping(word string) bool {
	switch word {
	case "create", "creates", "add", "update", "edit", "insert", "upsert", "append", "patch", "save", "define", "register", "post", "put", "upload", "import", "send", "invite",
		"schedule", "new", "modify", "configure", "rename", "restore", "duplicate", "clone", "copy", "submit", "build", "generate", "resend", "approve", "assign", "subscribe", "share", "publish":
		return true
	}
	return false
}

// isModifier knows what may stand before the verb.
func isModifier(word string) bool {
	switch word {
	case "bulk", "batch", "mass", "multi", "multiple", "async", "soft", "hard", "force", "auto", "api", "do", "please", "permanently", "immediately", "completely", "fully",
		"asynchronously", "safely", "partially", "partial", "gracefully", "temporarily", "will", "can", "be", "used", "use", "to", "this", "the", "endpoint", "method", "operation", "action",
		"call", "request", "allows", "allow", "lets", "let", "enables", "you", "us", "users", "a", "an", "admin", "function", "resource", "route", "that", "for", "which", "it", "also", "then", "v1", "v2", "v3", "v4":
		return true
	}
	return false
}
