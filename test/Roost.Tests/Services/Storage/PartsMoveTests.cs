using Roost.Rpc;
using Roost.Services.Storage;
using Xunit;

namespace Roost.Tests.Services.Storage;

public sealed class PartsMoveTests : IDisposable
{
    private static readonly string[] _parts = ["users.db", "pictures"];

    private readonly Scratch _scratch = new();

    private string From => _scratch.File("from");

    private string To => _scratch.File("to");

    public PartsMoveTests()
    {
        using var data = DataDirectory.Open(From);
        File.WriteAllText(data.FilePath("users.db"), "database");
        File.WriteAllText(data.FilePath("users.db-wal"), "newest");
        File.WriteAllText(data.FilePath("users.db-shm"), "index");
        File.WriteAllText(data.FilePath("graph.db"), "stays");
        File.WriteAllText(data.FilePath("snapshot"), "made again");
        Directory.CreateDirectory(Path.Combine(data.Folder("pictures"), "a"));
        File.WriteAllText(Path.Combine(data.Folder("pictures"), "a", "b"), "picture");
        DataParts.Note(data, [.. _parts, "graph.db"]);
    }

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void What_there_is_of_the_parts_comes_to_the_other_directory_and_nothing_else_does()
    {
        Assert.Equal(_parts, PartsMove.Run(From, To, [.. _parts, "missing"], "snapshot", "none"));

        Assert.Equal(["pictures/a/b", "snapshot", "users.db", "users.db-wal"], ContentOf(To));
        Assert.Equal("newest", File.ReadAllText(Path.Combine(To, "users.db-wal")));
        Assert.Equal(["graph.db"], ContentOf(From));
        Assert.Equal(["graph.db"], PartsOf(From));
        Assert.Equal(_parts, PartsOf(To));
        PartsMove.Run(To, From, _parts);
        Assert.Equal(["graph.db", .. _parts], PartsOf(From));
    }

    [Fact]
    public void A_move_that_was_broken_off_goes_on_and_nobody_opens_the_directories_before()
    {
        using (DataDirectory.Open(To))
        {
            // Something stands where a file is to come.
            Directory.CreateDirectory(Path.Combine(To, "pictures", "a", "b", "c"));
        }

        Assert.Throws<ServiceException>(() => PartsMove.Run(From, To, _parts));

        foreach (var directory in (string[])[From, To])
        {
            var refused = Assert.Throws<ServiceException>(() => DataDirectory.Open(directory).Dispose());
            Assert.Equal(ErrorCode.Conflict, refused.Code);
            Assert.Contains("users.db was being moved from", refused.Message, StringComparison.Ordinal);
        }
        Assert.Equal(
            ErrorCode.Conflict,
            Assert.Throws<ServiceException>(() => PartsMove.Run(From, _scratch.File("third"), _parts)).Code);
        Directory.Delete(Path.Combine(To, "pictures", "a", "b"), recursive: true);
        PartsMove.Run(From, To, _parts);
        Assert.Equal(["pictures/a/b", "users.db", "users.db-wal"], ContentOf(To));
        Assert.Equal(["graph.db", "snapshot"], ContentOf(From));
        using var whole = DataDirectory.Open(To);
        DataParts.Require(whole);
    }

    [Fact]
    public void One_that_was_done_but_for_its_mark_is_done()
    {
        PartsMove.Run(From, To, _parts);
        File.WriteAllText(Path.Combine(From, "moving"), $"users.db\n{From}\n{To}\n");

        PartsMove.Run(From, To, _parts);

        using var data = DataDirectory.Open(From);
        Assert.Equal(["graph.db"], PartsOf(From));
    }

    [Fact]
    public void Directories_between_which_nothing_can_be_moved_are_refused_and_left_as_they_are()
    {
        using (var other = DataDirectory.Open(To))
        {
            File.WriteAllText(other.FilePath("users.db"), "its own");
            DataParts.Note(other, "users.db");
        }

        Assert.Equal(ErrorCode.Conflict, Refusal(From, To));
        Assert.Equal(ErrorCode.Invalid, Refusal(From, From + "/"));
        Assert.Equal(ErrorCode.NotFound, Refusal(_scratch.File("none"), To));
        Assert.Equal(ErrorCode.NotFound, Refusal(To, From, "other.db"));
        using (DataDirectory.Open(From)) Assert.Equal(ErrorCode.Conflict, Refusal(From, _scratch.File("third")));
        Assert.Equal("its own", File.ReadAllText(Path.Combine(To, "users.db")));
        Assert.Equal([.. _parts, "graph.db"], PartsOf(From));
        Assert.False(File.Exists(Path.Combine(From, "moving")));

        static ErrorCode Refusal(string from, string to, string part = "users.db") =>
            Assert.Throws<ServiceException>(() => PartsMove.Run(from, to, [part])).Code;
    }

    /// <summary>Without what every directory has.</summary>
    private static string[] ContentOf(string directory) =>
    [
        .. Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(directory, file))
            .Where(name => name is not ("format" or "roost.lock" or "roost.pid" or "parts"))
            .Order(StringComparer.Ordinal),
    ];

    private static string[] PartsOf(string directory) => File.ReadAllLines(Path.Combine(directory, "parts"));
}
