using System.Globalization;
using System.Runtime;
using System.Runtime.InteropServices;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Roost.Bench.Frame;

/// <summary>What a benchmark found: its tables and remarks, under the machine and the command that made them.</summary>
internal sealed class Report(string title)
{
    private static readonly JsonSerializerOptions _indented = new()
    {
        WriteIndented = true,
        // Only stdout sees it; names such as "a & b" stay readable.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private readonly List<Table> _tables = [];
    private readonly List<string> _notes = [];

    /// <summary>A table of the benchmark's own.</summary>
    public Table AddTable(string tableTitle, params string[] columns)
    {
        var table = new Table(tableTitle, columns);
        _tables.Add(table);
        return table;
    }

    /// <summary>The usual table of <see cref="Rounds"/>.</summary>
    /// <param name="operation">What one operation is called, in the singular: <c>call</c>, <c>page</c>.</param>
    /// <param name="reference">
    /// Which of <paramref name="measured"/> the last column compares with: 1.00 there, above 1 is faster.
    /// </param>
    public void AddRounds(string tableTitle, string operation, IReadOnlyList<Measured> measured, Measured reference)
    {
        var table = AddTable(
            tableTitle, "subject", $"ns/{operation}", "fastest", "slowest", $"{operation}s/s", $"bytes/{operation}",
            $"times as fast as {reference.Name}");
        foreach (var one in measured)
        {
            table.Add(
                one.Name, one.Nanoseconds, one.NanosecondsPerOperation.Min(), one.NanosecondsPerOperation.Max(),
                one.PerSecond, one.BytesPerOperation, one.TimesAsFastAs(reference));
        }
    }

    /// <summary>A sentence below the tables: a bound that was checked, a caveat.</summary>
    public void Note(string sentence) => _notes.Add(sentence);

    public void Print(TextWriter writer, bool json)
    {
        if (json)
            writer.WriteLine(ToJson().ToJsonString(_indented));
        else
            PrintText(writer);
    }

    private void PrintText(TextWriter writer)
    {
        writer.WriteLine(title);
        foreach (var (name, value) in Circumstances()) writer.WriteLine($"  {name}: {value}");
        foreach (var table in _tables)
        {
            writer.WriteLine();
            table.Print(writer);
        }
        if (_notes.Count > 0) writer.WriteLine();
        foreach (var note in _notes) writer.WriteLine(note);
    }

    private JsonObject ToJson()
    {
        var json = new JsonObject { ["title"] = title };
        foreach (var (name, value) in Circumstances()) json.Add(name, value);
        json.Add("tables", new JsonArray([.. _tables.Select(table => table.ToJson())]));
        json.Add("notes", new JsonArray([.. _notes.Select(note => JsonValue.Create(note))]));
        return json;
    }

    private static IEnumerable<(string Name, string Value)> Circumstances()
    {
        yield return ("command", string.Join(' ', ["roost-bench", .. Environment.GetCommandLineArgs().Skip(1)]));
        yield return ("date", TimeProvider.System.GetUtcNow().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
        var architecture = RuntimeInformation.ProcessArchitecture;
        yield return (
            "machine", $"{Environment.ProcessorCount} cores, {architecture}, {RuntimeInformation.OSDescription}");
        var gc = GCSettings.IsServerGC ? "server" : "workstation";
        yield return ("runtime", $"{RuntimeInformation.FrameworkDescription}, {gc} GC");
    }
}
