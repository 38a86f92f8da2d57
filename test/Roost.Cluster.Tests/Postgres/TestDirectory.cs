using Roost.Cluster.Tests.Postgres;
using Roost.Cluster.Tests.Redis;
using Roost.Services.Storage;
using Xunit;

// The place of the class that it stands for.
#pragma warning disable IDE0130
namespace Roost.Tests.Services.Storage;
#pragma warning restore IDE0130

/// <summary>Where the tests of what is stored have their data: here in schemas of a server, which the directories that
/// they are given say; in files of the directories for tests of something else.</summary>
internal static class TestDirectory
{
    private const string Owner = "tests";

    /// <summary>Whether the test that asks is of inboxes in Redis, whose data is in files.</summary>
    private static bool IsInFiles =>
        TestContext.Current.TestClass?.TestClassNamespace == typeof(SharedRedis).Namespace;

    /// <summary>A new data directory.</summary>
    public static string Make()
    {
        if (IsInFiles) return Directory.CreateTempSubdirectory("roost-test-").FullName;
        var place = SharedPostgres.NewPlace();
        var path = Directory.CreateTempSubdirectory("roost-test-").FullName;
        File.WriteAllText(Path.Combine(path, DirectoryDatabase.FileName), $"{place}\n{Owner}\n");
        return path;
    }

    /// <summary>A new directory, in which <c>data</c> will be the data directory.</summary>
    public static string MakeAround()
    {
        var path = Make();
        var said = Path.Combine(path, DirectoryDatabase.FileName);
        File.Copy(said, Path.Combine(Directory.CreateDirectory(Path.Combine(path, "data")).FullName, DirectoryDatabase.FileName));
        return path;
    }

    /// <summary>A database of that directory, called <c>test</c>.</summary>
    public static SqlDatabaseOptions Database(string directory) => new("test", Path.Combine(directory, "test.db"))
    {
        Server = PostgresServer.Parse(File.ReadAllLines(Path.Combine(directory, DirectoryDatabase.FileName))[0]),
        Owner = Owner,
    };
}
