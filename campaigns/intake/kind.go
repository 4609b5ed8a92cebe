package intake

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// Kind says which file of the field something is, told by its content alone.
type Kind string

// The files that are known by their first bytes.
const (
	KindCohort      Kind = "cohort"            // own template
	KindScreening   Kind = "screening cohort"  // 38 to 40 columns, ADD, AMENDED, DEL
	KindTrace       Kind = "bulk trace"        // 23 columns and match codes
	KindPractices   Kind = "practices"         // epraccur: 27 columns, no header
	KindListSizes   Kind = "list sizes"        // gp-reg-pat-prac-all
	KindListMap     Kind = "practice map"      // gp-reg-pat-prac-map
	KindICBs        Kind = "ICBs"              // icb_codes
	KindSubICBs     Kind = "sub-ICB locations" // sub-ICB location, ICB, region
	KindRegions     Kind = "regions"           // region_codes
	KindSHAs        Kind = "SHAs"              // sha_codes
	KindUptake      Kind = "uptake"            // POMI
	KindReadiness   Kind = "practices' states" // practice_code, state
	KindDissents    Kind = "practice dissents" // nhs_number, code, date
	KindReturns     Kind = "returned mail"     // reference, date, reason
	KindAnswers     Kind = "answers"           // nhs_number, answer, received
	KindWatermarks  Kind = "watermarks"        // channel, practice_code, complete_until
	KindEmpty       Kind = "empty"             // nothing, or only blanks
	KindPDF         Kind = "PDF"               //
	KindGzip        Kind = "gzip"              // packed; look inside
	KindZip         Kind = "zip"               // packed; look inside
	KindSpreadsheet Kind = "spreadsheet"       // xlsx, ods, xls
	KindUTF16       Kind = "UTF-16 text"       //
	KindMarkup      Kind = "web page or XML"   //
	KindJSON        Kind = "JSON"              //
	KindBinary      Kind = "binary"            //
	KindText        Kind = "text of no known layout"
)

// text tells whether the kind is rows of text.
func (k Kind) text() bool {
	switch k {
	case KindEmpty, KindPDF, KindGzip, KindZip, KindSpreadsheet, KindUTF16, KindMarkup, KindJSON, KindBinary:
		return false
	}
	return true
}

func (k Kind) refusal() string {
	switch k {
	case KindEmpty:
		return "The file is empty."
	case KindPDF:
		return "The file is a PDF. Send the table itself as CSV."
	case KindSpreadsheet:
		return "The file is a spreadsheet. Save the sheet as CSV UTF-8 and send that."
	case KindUTF16:
		return "The file is UTF-16 text. Save it as CSV UTF-8 and send that."
	case KindMarkup:
		return "The file is a web page or XML. Send the table itself as CSV."
	case KindJSON:
		return "The file is JSON. Send the table itself as CSV."
	default:
		return "The file is not text. Send a table as CSV UTF-8."
	}
}

// Sniff tells the kind of a file from its first bytes (4 kB are plenty). It
// looks at content, never at a name, and into no packed file.
func Sniff(head []byte) Kind {
	switch {
	case bytes.HasPrefix(head, []byte("\x1f\x8b")):
		return KindGzip
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		if len(head) > 30 && spreadsheetMember(zipName(head)) {
			return KindSpreadsheet
		}
		return KindZip
	case bytes.HasPrefix(head, []byte("\xd0\xcf\x11\xe0")):
		return KindSpreadsheet
	case bytes.HasPrefix(head, []byte("%PDF")):
		return KindPDF
	case bytes.HasPrefix(head, []byte("\xff\xfe")), bytes.HasPrefix(head, []byte("\xfe\xff")):
		return KindUTF16
	}
	head = bytes.TrimPrefix(head, []byte("\ufeff"))
	lead := bytes.TrimLeft(head, "\r\n\t ,")
	first, _, _ := bytes.Cut(lead, []byte("\n"))
	switch {
	case len(lead) == 0:
		return KindEmpty
	case lead[0] == '<':
		return KindMarkup
	case lead[0] == '{' || lead[0] == '[':
		return KindJSON
	case bytes.IndexByte(first, 0) >= 0:
		if n := bytes.Count(first, []byte{0}); n > len(first)/3 && n < len(first)*2/3 {
			return KindUTF16
		}
		return KindBinary
	}
	kind := sniffRow(first)
	if kind == KindText { // perhaps somebody gave the organisations file a header
		if _, rest, more := bytes.Cut(lead, []byte("\n")); more && bytes.Count(first, []byte(",")) >= epraccurColumns-1 {
			second, _, _ := bytes.Cut(rest, []byte("\n"))
			if sniffRow(second) == KindPractices {
				return KindPractices
			}
		}
	}
	return kind
}

func zipName(head []byte) string {
	n := int(head[26]) | int(head[27])<<8
	return string(head[30:min(30+n, len(head))])
}

// sniffRow tells the kind from the first row.
func sniffRow(row []byte) Kind {
	s := scanner{buf: append([]byte(nil), row...), end: len(row), eof: true, next: 1}
	if !s.scan() || s.wrong != "" {
		return KindText
	}
	if len(s.cells) == epraccurColumns && isODSCode(s.cells[0]) {
		return KindPractices
	}
	if isTraceEnvelope(s.cells) || isTraceRow(s.cells) {
		return KindTrace
	}
	has := map[string]bool{}
	for _, c := range s.cells {
		has[columnName(c)] = true
	}
	all := func(names ...string) bool {
		for _, n := range names {
			if !has[n] {
				return false
			}
		}
		return true
	}
	switch {
	case all("record_type", "nhs_number"):
		return KindScreening
	case has["req_nhs_number"] || has["req_nhs_no"]:
		return KindTrace
	case all("nhs_number", "practice_code") && (has["family_name"] || has["date_of_birth"]):
		return KindCohort
	case all("nhs_number", "answer"):
		return KindAnswers
	case all("nhs_number", "code", "date"):
		return KindDissents
	case all("reference", "date", "reason"):
		return KindReturns
	case all("channel", "complete_until"):
		return KindWatermarks
	case all("extract_date", "code", "number_of_patients"):
		return KindListSizes
	case all("extract_date", "practice_code", "practice_name"):
		return KindListMap
	case subICBYear(s.text) > 0:
		return KindSubICBs
	case all("icb_ods", "region_ods", "successor"):
		return KindICBs
	case all("region_ods", "status"):
		return KindRegions
	case all("sha_ods", "name"):
		return KindSHAs
	case all("report_period_end"), all("patient_list_size"):
		return KindUptake
	case all("practice_code", "state") || all("practice_code", "status"):
		return KindReadiness
	case !utf8.Valid(row) && !bytes.ContainsRune(row, ','):
		return KindBinary
	}
	return KindText
}

// columnName brings a heading to the form in which layouts name it.
func columnName(s string) string {
	s = strings.ToLower(strings.Trim(s, " \t\"\u00a0\ufeff"))
	return strings.NewReplacer(" ", "_", "-", "_", "\u00a0", "_").Replace(s)
}
