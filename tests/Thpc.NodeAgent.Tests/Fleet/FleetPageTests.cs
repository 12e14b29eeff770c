using System.Xml.Linq;
using CsCheck;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Fleet;
using Thpc.NodeAgent.Reporting;

namespace Thpc.NodeAgent.Tests.Fleet;

public sealed class FleetPageTests
{
    [Fact]
    public void Page_has_no_scripts_and_no_external_references()
    {
        var page = FleetPage.Write(Fleets.Hostile(), "/opt/fleet", Reports.Start, Language.English);
        Assert.Contains(
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">", page,
            StringComparison.Ordinal);
        Assert.StartsWith("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">", page, StringComparison.Ordinal);
        foreach (var word in (string[])["<script", "<link", "<img", "<iframe", "@import", "url(", "href=", "src=", " on"])
        {
            Assert.DoesNotContain(word + (word == " on" ? "click" : ""), Tags(page), StringComparison.OrdinalIgnoreCase);
        }
    }

    [Fact]
    public void Page_of_10000_nodes_is_not_larger_than_page_of_100()
    {
        Assert.InRange(FleetPage.Write(Fleets.Many(10_000), "/x", Reports.Start, Language.English).Length, 10_000, 120_000);
        Assert.InRange(FleetPage.Write(FleetSummary.From([], []), "/x", Reports.Start, Language.English).Length, 500, 8_000);
    }

    [Fact]
    public void Any_reports_give_a_well_formed_page() =>
        Reports.Any.Array[0, 6].Sample(reports =>
        {
            var fleet = FleetSummary.From(
                [.. reports.Select((report, i) => new NodeRun($"n{i}", ReportJson.Read(ReportJson.Write(report))!))],
                [new UnreadableReport("<x>", "&")]);
            var page = FleetPage.Write(fleet, "<&>", Reports.Start, Language.English);

            // Except for the HTML head, the page is XML.
            var body = page[page.IndexOf("<body>", StringComparison.Ordinal)..page.IndexOf("</html>", StringComparison.Ordinal)];
            _ = XDocument.Parse(body);
            Assert.DoesNotContain("NaN", page, StringComparison.Ordinal);
        }, iter: 100);

    /// <summary>Removes all text from the page.</summary>
    private static string Tags(string page) => string.Concat(page.Split('<').Select(part => "<" + part.Split('>')[0]));
}
