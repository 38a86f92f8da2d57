using Roost.Services.Storage;

namespace Roost.Tests.Services.Storage;

/// <summary>Where the tests of what is stored have their data: here in files. The tests over a server have another class
/// of this name, and are otherwise the same.</summary>
internal static class TestDirectory
{
    /// <summary>A new data directory.</summary>
    public static string Make() => Directory.CreateTempSubdirectory("roost-test-").FullName;

    /// <summary>A new directory, in which <c>data</c> will be the data directory.</summary>
    public static string MakeAround() => Make();

    /// <summary>A database of that directory, called <c>test</c>.</summary>
    public static SqlDatabaseOptions Database(string directory) => new("test", Path.Combine(directory, "test.db"));
}
