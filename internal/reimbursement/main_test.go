package reimbursement_test

import (
	"testing"

	"quittance/internal/db/dbtest"
)

func TestMain(m *testing.M) { dbtest.Main(m) }
