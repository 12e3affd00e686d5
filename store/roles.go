package store

import (
	"context"
	"fmt"

	"gatehouse/domain"
)

func scanRole(row scanner) (domain.Role, error) {
	var id, name, privileges string
	if err := row.Scan(&id, &name, &privileges); err != nil {
		return domain.Role{}, err
	}
	may, ok := domain.ParsePrivileges(privileges)
	if !ok {
		return domain.Role{}, fmt.Errorf("role %s has the unknown privileges %q", id, privileges)
	}
	return domain.OwnRole(domain.RoleID(id), name, may), nil
}

// ownRoles lists the roles an account has made, by name. There are never many: they are read with everybody who asks.
func ownRoles(ctx context.Context, q querier, account string) ([]domain.Role, error) {
	found, err := all(ctx, q, scanRole, "select id, name, privileges from roles where account_id = $1 order by name_key, id", account)
	return found, wrap(err, "read an account's own roles")
}
