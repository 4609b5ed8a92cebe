package main

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestUptakeAndReadinessAreImportedOnTheCommandLine(t *testing.T) {
	n := arrive(t)
	uptake := n.writes("pomi.csv", "report_period_end,region_code,ccg_code,practice_code,practice_name,patient_list_size,Sys_DetCodeRec_Enbld,Pat_DetCodeRec_Enbld,Total_Pat_Enbld\n"+
		"31AUG2020,Y56,08M,F84003,One,9000,2,0,1200\n31AUG2020,Y56,08M,F84004,Two,100,2,30,120\n")
	var said struct {
		Files []struct {
			File, Layout                   string
			Months                         []string
			Rows, Practices, List, Enabled int
			RecordsEnabled                 int `json:"records_enabled"`
			Findings                       int
		}
	}
	if err := json.Unmarshal([]byte(n.does("import uptake", uptake, "--json")), &said); err != nil {
		t.Fatal(err)
	}
	f := said.Files[0]
	if f.File != "pomi.csv" || f.Layout != "wide" || len(f.Months) != 1 || f.Months[0] != "2020-08-31" || f.Rows != 2 || f.Practices != 2 || f.List != 9100 || f.Enabled != 1320 || f.RecordsEnabled != 30 || f.Findings != 1 {
		t.Errorf("%+v", f)
	}
	if out := n.does("import uptake", uptake); !strings.Contains(out, "1 practices have record access on and nobody who has it") || !strings.Contains(out, "enabled_above_list") {
		t.Errorf("in words: %q", out)
	}
	states := n.writes("states.csv", "practice_code,state,on,blocker,owner\nF84003,live,2026-11-02,,\nF84004,blocked,,training,Pat\nX99999,live,,,\n")
	var done struct{ Rows, Taken, Same, Refused, Live int }
	if err := json.Unmarshal([]byte(n.does("import readiness", states, "--json")), &done); err != nil {
		t.Fatal(err)
	}
	if done.Rows != 3 || done.Taken != 2 || done.Refused != 1 || done.Live != 1 {
		t.Errorf("%+v", done)
	}
	if out := n.does("import readiness", states); !strings.Contains(out, "0 taken, 2 known before, 1 refused") {
		t.Errorf("the second time: %q", out)
	}
	n.hears("of another kind", "import readiness", uptake)
}
