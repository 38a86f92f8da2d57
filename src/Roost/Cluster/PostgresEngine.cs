using System.Diagnostics;
using System.Security.Cryptography;
using Npgsql;
using Roost.Rpc;

namespace Roost.Cluster;

/// <summary>
/// A real PostgreSQL on an address of this machine. It refuses to be root, so where we are it is run as the user that
/// Debian's package makes.
/// </summary>
/// <param name="directory">For its data, and its log.</param>
/// <param name="address">Where it listens, as the only one.</param>
/// <param name="password">Of its one user; null for one that is made with the server.</param>
internal sealed class PostgresEngine(string directory, string address, string? password = null)
{
    public const int Port = 5432;

    /// <summary>Its one user, and the system's that it is run as where we are root.</summary>
    public const string User = "postgres";

    /// <summary>Of its one user, who may do everything.</summary>
    public string Password => File.ReadAllText(PasswordFile);

    public string Address => address;

    private string PasswordFile => Path.Combine(directory, "password");

    private string Data => Path.Combine(directory, "data");

    private static string Bin => Programs.Postgres
        ?? throw new ServiceException(ErrorCode.Unavailable, Programs.Missing!);

    /// <summary>How a database of it is reached, without the password, which the environment tells
    /// (<c>PGPASSWORD</c>).</summary>
    public string Connection(string database) => $"Host={address};Port={Port};Username={User};Database={database}";

    /// <summary>Starts it, makes it if there is none yet, and waits until it takes connections.</summary>
    /// <param name="database">Made, if it has none of that name.</param>
    /// <param name="begun">Is told of the process at once; null for nobody.</param>
    /// <param name="settings">Beside where it listens: <c>fsync=off</c> and the like.</param>
    /// <exception cref="ServiceException">It does not start; PostgreSQL is not installed.</exception>
    public async Task<Child> StartAsync(
        string database, CancellationToken ct, Action<Child>? begun = null, params string[] settings)
    {
        await RequireReachableAsync(ct);
        if (!Directory.Exists(Data)) await MakeAsync(ct);
        List<string> arguments = [Path.Combine(Bin, "postgres"), "-D", Data, "-p", $"{Port}"];
        foreach (var setting in (string[])
            [$"listen_addresses={address}", "unix_socket_directories=", .. settings])
        {
            arguments.AddRange(["-c", setting]);
        }
        var (program, rest) = AsItsUser(arguments);
        var child = Child.Start(program, rest, Path.Combine(directory, "log"));
        begun?.Invoke(child);
        return await child.UntilAsync(stop => TryMakeDatabaseAsync(database, stop), ct);
    }

    /// <summary>Where we are root others may not come to what we see.</summary>
    private async Task RequireReachableAsync(CancellationToken ct)
    {
        if (!IsRoot) return;
        var above = Path.GetDirectoryName(Path.GetFullPath(directory))!;
        var (program, arguments) = AsItsUser(["test", "-x", above]);
        if ((await EndAsync(program, arguments, ct)).ExitCode == 0) return;
        throw new ServiceException(
            ErrorCode.Invalid,
            $"PostgreSQL refuses to be root and is run as the user {User}, who may not come to {above}: let others "
            + "through it and all that it is in (chmod o+x), or name a directory where they may come.");
    }

    private async Task MakeAsync(CancellationToken ct)
    {
        // Whole or not at all: whoever starts it may be killed meanwhile.
        var made = Data + ".new";
        if (Directory.Exists(made)) Directory.Delete(made, recursive: true);
        Directory.CreateDirectory(directory);
        await File.WriteAllTextAsync(
            PasswordFile, password ?? Convert.ToHexString(RandomNumberGenerator.GetBytes(16)), ct);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(PasswordFile, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        if (IsRoot) await RunAsync("chown", ["-R", User, directory], ct);
        var (program, arguments) = AsItsUser(
        [
            Path.Combine(Bin, "initdb"), "-D", made, "-A", "scram-sha-256", "--pwfile", PasswordFile, "-U", User,
            "-E", "UTF8", "--locale", "C", "--data-checksums", "--no-sync",
        ]);
        await RunAsync(program, arguments, ct);
        Directory.Move(made, Data);
    }

    private async Task<bool> TryMakeDatabaseAsync(string database, CancellationToken ct)
    {
        await using var source = NpgsqlDataSource.Create(
            $"{Connection("postgres")};Password={Password};Pooling=false");
        try
        {
            await using var ask = source.CreateCommand("SELECT 1 FROM pg_database WHERE datname = $1");
            ask.Parameters.Add(new NpgsqlParameter { Value = database });
            if (await ask.ExecuteScalarAsync(ct) is not null) return true;
            await using var make = source.CreateCommand(
                $"CREATE DATABASE \"{database}\" ENCODING 'UTF8' TEMPLATE template0");
            await make.ExecuteNonQueryAsync(ct);
            return true;
        }
        catch (NpgsqlException)
        {
            // Not up yet, or it does not take connections yet; if it never will, it ends.
            return false;
        }
    }

    private static bool IsRoot => Environment.UserName == "root";

    private static (string Program, IReadOnlyList<string> Arguments) AsItsUser(List<string> command) => IsRoot
        ? (Programs.OnPath("setpriv") ?? "setpriv", ["--reuid", User, "--regid", User, "--clear-groups", .. command])
        : (command[0], [.. command.Skip(1)]);

    private static async Task RunAsync(string program, IReadOnlyList<string> arguments, CancellationToken ct)
    {
        var (exitCode, complaints) = await EndAsync(program, arguments, ct);
        if (exitCode == 0) return;
        throw new ServiceException(
            ErrorCode.Unavailable, $"{program} ended with {exitCode}.", detail: complaints.Trim());
    }

    private static async Task<(int ExitCode, string Complaints)> EndAsync(
        string program, IReadOnlyList<string> arguments, CancellationToken ct)
    {
        var info = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            WorkingDirectory = "/",
        };
        using var process = Process.Start(info)
            ?? throw new ServiceException(ErrorCode.Unavailable, $"{program} could not be started.");
        var (said, complaints) = (process.StandardOutput.ReadToEndAsync(ct), process.StandardError.ReadToEndAsync(ct));
        await process.WaitForExitAsync(ct);
        await said;
        return (process.ExitCode, await complaints);
    }
}
