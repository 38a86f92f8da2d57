using Roost.Rpc;
using Roost.Services.Posts.Log;

namespace Roost.Check;

/// <summary>One thing that a check found, whatever part of the data it is in.</summary>
/// <param name="Part">Which store: <c>posts</c>.</param>
/// <param name="Severity">What it asks of the operator.</param>
/// <param name="Where">File, and offset in it where that means something.</param>
/// <param name="What">In words.</param>
public sealed record DataFinding(string Part, DataSeverity Severity, string Where, string What);

/// <summary>What a finding asks of the operator.</summary>
public enum DataSeverity
{
    /// <summary>Nothing.</summary>
    Note,
    /// <summary>Nothing any more: it was made again from what is intact.</summary>
    Repaired,
    /// <summary>To run the check again with repair.</summary>
    Repairable,
    /// <summary>To put the file back from a backup.</summary>
    Damage,
}

/// <summary>
/// Verifies a data directory that no process is using, and mends, when asked, what can be made again from what is
/// intact. Acknowledged data is never changed. Each part tells its own findings; one that cannot be checked at all is a
/// finding, too.
/// </summary>
public sealed class DataCheck(string dataDirectory, bool repair)
{
    /// <summary>The post log's folder within a data directory.</summary>
    public const string PostsFolder = "posts";

    private readonly List<DataFinding> _findings = [];
    private readonly List<string> _summary = [];

    /// <summary>What is wrong or worth knowing, in the order of the files.</summary>
    public IReadOnlyList<DataFinding> Findings => _findings;

    /// <summary>One sentence per part: how much was read.</summary>
    public IReadOnlyList<string> Summary => _summary;

    /// <summary>Whether nothing is left to be done.</summary>
    public bool IsSound => _findings.All(finding => finding.Severity is DataSeverity.Note or DataSeverity.Repaired);

    /// <summary>Reads everything; takes as long as the disk needs for that. To be called once.</summary>
    /// <exception cref="ServiceException">
    /// <see cref="ErrorCode.NotFound"/>: there is no such directory. <see cref="ErrorCode.Conflict"/>: a process is
    /// using it.
    /// </exception>
    public void Run(CancellationToken ct)
    {
        if (!Directory.Exists(dataDirectory))
            throw new ServiceException(
                ErrorCode.NotFound, $"There is no data directory {dataDirectory}. Name it with --data.");
        CheckPosts(ct);
    }

    /// <summary>Prints findings and summary as an operator reads them.</summary>
    public void Print(TextWriter writer)
    {
        foreach (var finding in _findings)
        {
            var severity = finding.Severity.ToString().ToLowerInvariant();
            writer.WriteLine($"{severity,-10}  {finding.Part}: {finding.Where}: {finding.What}");
        }
        foreach (var sentence in _summary) writer.WriteLine(sentence);
        writer.WriteLine(Verdict());
    }

    private void CheckPosts(CancellationToken ct)
    {
        var directory = Path.Combine(dataDirectory, PostsFolder);
        if (!Directory.Exists(directory))
        {
            _summary.Add("posts: there is no post log yet");
            return;
        }
        try
        {
            var report = PostLogCheck.Run(new PostLogOptions { Directory = directory }, repair, ct);
            foreach (var finding in report.Findings)
                Find(
                    "posts", SeverityOf(finding),
                    finding.Offset == 0 ? finding.Path : $"{finding.Path} at {finding.Offset}", finding.What);
            _summary.Add(
                $"posts: {report.Records} records in {report.Segments} segments, {report.Bytes} bytes, read and "
                + "verified");
        }
        catch (ServiceException failure) when (failure.Code == ErrorCode.DataDamaged)
        {
            Find("posts", DataSeverity.Damage, directory, failure.Detail ?? failure.Message);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            Find("posts", DataSeverity.Damage, directory, $"it could not be checked: {failure.Message}");
        }
    }

    private static DataSeverity SeverityOf(LogFinding finding) => finding.Kind switch
    {
        LogFindingKind.Note => DataSeverity.Note,
        LogFindingKind.Rebuildable => finding.Repaired ? DataSeverity.Repaired : DataSeverity.Repairable,
        _ => DataSeverity.Damage,
    };

    private void Find(string part, DataSeverity severity, string where, string what) =>
        _findings.Add(new DataFinding(part, severity, where, what));

    private string Verdict()
    {
        if (IsSound) return "The data is sound.";
        return _findings.Any(finding => finding.Severity == DataSeverity.Damage)
            ? "The data is damaged: put the files named above back from a backup."
            : "Nothing is lost: run `roost check --repair` on this directory to make the rest again.";
    }
}
