using System.Text;
using CsCheck;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Reporting;

namespace Thpc.NodeAgent.Tests.Reporting;

public sealed class SummaryTextTests
{
    private const string ReportPath = "/var/lib/thpc-node-agent/report.json";

    [Fact]
    public void Successful_run_lists_its_steps() =>
        Assert.Equal(
            """
            bootstrap succeeded in 4.00 s
            COMPUTE of hpc-8hje8h12, instance ins-abc, started 2025-03-04 05:06:07 UTC
              packages  skipped     0.00 s  /root/thpc_preinstalled.json is there
              script    succeeded   2.00 s
                run file:///x.sh  2.00 s
              mount     succeeded   2.00 s
                mount h:/ on /data  2.00 s
            report: /var/lib/thpc-node-agent/report.json

            """,
            SummaryText.Write(Reports.Succeeded, ReportPath, TimeZoneInfo.Utc, Language.English));

    [Fact]
    public void Failed_run_shows_error_and_hint() =>
        Assert.Equal(
            """
            bootstrap failed: SCRIPT_FAILED: exit code 1
            → Read the log.
              last words
            COMPUTE of hpc-8hje8h12, instance ins-abc, started 2025-03-04 05:06:07 UTC
              packages  skipped     0.00 s  /root/thpc_preinstalled.json is there
              script    failed      4.00 s
                run file:///x.sh: failed after 4.00 s
              mount     not run     0.00 s  script failed
              warning: a bucket is not mounted
            report: /var/lib/thpc-node-agent/report.json

            """,
            SummaryText.Write(Reports.Failed, ReportPath, TimeZoneInfo.Utc, Language.English));

    [Fact]
    public void Any_summary_is_under_2_KB_and_names_the_report() =>
        Reports.Any.Sample(report =>
        {
            var text = SummaryText.Write(report, ReportPath, TimeZoneInfo.Utc, Language.English);
            Assert.True(Encoding.UTF8.GetByteCount(text) < 2048);
            Assert.EndsWith($"\nreport: {ReportPath}\n", text, StringComparison.Ordinal);
        });

    [Fact]
    public void Long_list_of_warnings_does_not_hide_the_error() =>
        Assert.Contains(
            "SCRIPT_FAILED",
            SummaryText.Write(
                Reports.Failed with { Warnings = [.. Enumerable.Repeat(new string('w', 100), 50)] }, ReportPath, TimeZoneInfo.Utc,
                Language.English),
            StringComparison.Ordinal);
}
