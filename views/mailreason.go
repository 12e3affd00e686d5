package views

import (
	"context"
	"slices"

	"gatehouse/domain"
)

// MailReason tells why a message was not taken: domain's words in the reader's language, a mail server's own as it said it.
func MailReason(ctx context.Context, reason string) string {
	if slices.Contains(domain.Reasons, reason) {
		return T(ctx, "mail.reason."+reason)
	}
	return reason
}
