using System.Globalization;
using System.Text;

namespace Roost.Rpc.Admin.Profiles;

/// <summary>What people read of the process's threads.</summary>
internal static class ThreadsHtml
{
    public static string Of(ThreadsReport report)
    {
        var pool = report.Pool;
        var html = new StringBuilder(AdminHtml.Head).Append("<h1>Threads</h1><p>The pool has ");
        html.Append(CultureInfo.InvariantCulture, $"{pool.Threads} threads ({pool.Least} to {pool.Most}), ");
        html.Append(CultureInfo.InvariantCulture, $"{pool.Waiting:#,0} pieces of work wait, ");
        html.Append(CultureInfo.InvariantCulture, $"{pool.Done:#,0} are done. ");
        html.Append(CultureInfo.InvariantCulture, $"Locks were waited for {pool.Contentions:#,0} times; ");
        html.Append(CultureInfo.InvariantCulture, $"{pool.Timers:#,0} timers run.</p>");
        var table = new HtmlTable(html, "Thread", "Name", "State", "#CPU s");
        foreach (var thread in report.Threads)
        {
            table.Row(
                thread.Id.ToString(CultureInfo.InvariantCulture), thread.Name, thread.State, thread.CpuSeconds);
        }
        table.End();
        return html.Append("""
            <p class="faint">All threads of the process, those of the runtime too. Where each managed one is now is
            under <a href="/admin/threads/stacks">stacks</a>: that takes some seconds, and cost.</p>
            <p><a href="/admin">Summary</a> · <a href="/admin/pprof">Profiles</a> ·
            <a href="/admin/threads.json">threads.json</a></p>
            """).ToString();
    }
}
