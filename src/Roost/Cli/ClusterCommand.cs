using System.CommandLine;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using Roost.Cli.Serve;
using Roost.Cluster;
using Roost.Rpc;

namespace Roost.Cli;

/// <summary><c>roost cluster</c>: a network of many processes on one machine, for trying and testing.</summary>
internal static class ClusterCommand
{
    private const string DefaultListen = "http://127.0.0.1:8080";

    private static readonly TimeSpan _downPatience = TimeSpan.FromMinutes(3);

    /// <summary>How long a whole cluster may take to stop.</summary>
    public static TimeSpan StopMax { get; } = TimeSpan.FromMinutes(5);

    public static Command Create() => new(
        "cluster",
        "A network of many processes over real engines, on this machine: for trying and testing.")
    {
        CreateUp(), CreateStatus(), DrillCommand.Create(), CreateDown(),
    };

    public static Option<string?> DataOption() => new("--data", "-d")
    {
        Description = "The cluster's directory; the one that runs in a temporary directory unless told.",
        HelpName = "DIR",
    };

    /// <summary>Shows how a cluster is, again and again.</summary>
    public static Command CreateTop()
    {
        var data = DataOption();
        var seconds = new Option<double>("--every")
        {
            Description = "Seconds between two looks, 0.5 and up: 2 unless told.",
            HelpName = "SECONDS",
            DefaultValueFactory = _ => 2,
        };
        seconds.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<double>() is not (>= 0.5 and <= 3_600))
                result.AddError("--every must be from 0.5 to 3600, in seconds.");
        });
        var command = new Command("top", "Watch the processes of a cluster until Ctrl-C.\n\nExample: roost top")
        {
            data, seconds,
        };
        command.Run(async (parsed, ct) =>
        {
            var every = TimeSpan.FromSeconds(parsed.GetValue(seconds));
            var (directory, _) = ClusterRecord.Find(parsed.GetValue(data));
            using var view = new ClusterView();
            while (!ct.IsCancellationRequested && ClusterRecord.Read(directory) is { Runs: true } cluster)
            {
                var table = ClusterView.Table(cluster, await view.ReadAsync(cluster, ct));
                // From the top left corner, what was there before is cleared.
                Console.Write(Console.IsOutputRedirected ? table + "\n\n" : $"\e[H\e[J{table}\n");
                await Task.Delay(every, TimeProvider.System, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            return ExitCode.Done;
        });
        return command;
    }

    private static Command CreateUp()
    {
        var data = new Option<string?>("--data", "-d")
        {
            Description = "Keep the cluster's data and logs here, in a directory that is empty or not there yet or had "
                + "a cluster before (a temporary one unless told, which is removed).",
            HelpName = "DIR",
        };
        var listen = new Option<string>("--listen", "-l")
        {
            Description = "Where people come in, at the first gateway: http://ADDRESS:PORT.",
            HelpName = "URL",
            DefaultValueFactory = _ => DefaultListen,
        };
        var gateways = new Option<int>("--gateways")
        {
            Description = $"How many gateways, 1 to {ClusterPlan.GatewaysMax}: 2 unless told.",
            HelpName = "NUMBER",
            DefaultValueFactory = _ => 2,
        };
        NetworkOptions.Between(gateways, 1, ClusterPlan.GatewaysMax);
        var etcdMembers = new Option<int>("--etcd-members")
        {
            Description = "How many members etcd has: 1 unless told; of 3 one may be away, of 5 two. With 0, and where "
                + "etcd is not installed, processes find each other through a file.",
            HelpName = "NUMBER",
            DefaultValueFactory = _ => Programs.Etcd is null ? 0 : 1,
        };
        etcdMembers.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is not (0 or 1 or 3 or EtcdEngine.MembersMax))
                result.AddError("--etcd-members must be 0, 1, 3 or 5: with an even number no more may be away.");
        });
        var standBy = new Option<bool>("--stand-by")
        {
            Description = "Start Web (with --webs, posts), Users and Media twice: the second of each stands by, and "
                + "takes the first one's place when that ends. Takes some 450 MiB more.",
        };
        var searchShards = new Option<int>("--search-shards")
        {
            Description = $"Take the search index out of Web: into so many shards, 1 to {ClusterPlan.SearchShardsMax}, "
                + "of two processes each.",
            HelpName = "NUMBER",
        };
        NetworkOptions.Between(searchShards, 1, ClusterPlan.SearchShardsMax);
        var webs = new Option<int>("--webs")
        {
            Description = $"Take the client port (the client API, pages, streams) out of the process that has the "
                + $"posts: into so many, 1 to {ClusterPlan.WebsMax}, beside each other.",
            HelpName = "NUMBER",
        };
        NetworkOptions.Between(webs, 1, ClusterPlan.WebsMax);
        var timelines = new Option<int>("--timelines")
        {
            Description = $"Take timelines out of the process that has the posts: into so many, 1 to "
                + $"{ClusterPlan.TimelinesMax}, beside each other, each with a copy of the posts; or, with the word "
                + "here, into each that has the client port. Needs --webs.",
            HelpName = "NUMBER|here",
            CustomParser = result =>
            {
                var given = result.Tokens[0].Value;
                if (given == "here") return ClusterPlan.InWebs;
                if (int.TryParse(given, CultureInfo.InvariantCulture, out var number)
                    && number is >= 1 and <= ClusterPlan.TimelinesMax)
                {
                    return number;
                }
                result.AddError($"--timelines must be from 1 to {ClusterPlan.TimelinesMax}, or here, not {given}.");
                return 0;
            },
        };
        var pushes = new Option<int>("--pushes")
        {
            Description = $"Take streams out of the processes that have the client port: into so many, 1 to "
                + $"{ClusterPlan.PushesMax}, beside each other. Needs --webs.",
            HelpName = "NUMBER",
        };
        NetworkOptions.Between(pushes, 1, ClusterPlan.PushesMax);
        var notifications = new Option<bool>("--notifications")
        {
            Description = "Take notifications out of the process that has the posts: into one of their own. Needs "
                + "--webs, and a directory that had no cluster with notifications elsewhere.",
        };
        var program = new Option<FileInfo?>("--program")
        {
            Description = "Start Roost's processes from this roost, rather than from this one. It may be a link, or in "
                + "a linked directory: whatever version that leads to by then is started next.",
            HelpName = "FILE",
        };
        var command = new Command(
            "up",
            "Start etcd, PostgreSQL and a process for each role, and run them until Ctrl-C or SIGTERM. Processes that "
            + "end by themselves are started again. Needs PostgreSQL to be installed (Debian: apt-get install "
            + "postgresql); without etcd (etcd-server) processes find each other through a file. Where Redis is "
            + "installed, too (redis-server), inboxes are in a Redis Cluster of three.\n\n"
            + "Example: roost cluster up --gateways 2")
        {
            data, listen, gateways, etcdMembers, standBy, searchShards, webs, timelines, pushes,
            notifications, program,
        };
        command.Run(async (parsed, ct) =>
        {
            var url = PlaceOptions.UrlOf("--listen", parsed.GetRequiredValue(listen));
            if (url.Port == 0)
                throw new ServiceException(ErrorCode.Invalid, "--listen needs a port: addresses of posts have it.");
            string[] apart =
            [
                .. parsed.GetValue(timelines) != 0 ? ["--timelines"] : Array.Empty<string>(),
                .. parsed.GetValue(pushes) != 0 ? ["--pushes"] : Array.Empty<string>(),
                .. parsed.GetValue(notifications) ? ["--notifications"] : Array.Empty<string>(),
            ];
            if (parsed.GetValue(webs) == 0 && apart is [var first, ..])
            {
                throw new ServiceException(
                    ErrorCode.Invalid, $"{first} needs --webs: one process that has both asks no other.");
            }
            return await UpAsync(
                parsed.GetValue(data),
                directory => new ClusterOptions(
                    directory, url, parsed.GetValue(gateways), parsed.GetValue(etcdMembers),
                    parsed.GetValue(standBy), parsed.GetValue(searchShards), parsed.GetValue(webs),
                    parsed.GetValue(timelines), parsed.GetValue(pushes), parsed.GetValue(notifications),
                    parsed.GetValue(program)?.FullName ?? Programs.Own),
                ct);
        });
        return command;
    }

    private static async Task<int> UpAsync(
        string? data, Func<string, ClusterOptions> optionsOf, CancellationToken ct)
    {
        if (OperatingSystem.IsWindows())
            throw new ServiceException(ErrorCode.Unavailable, "Clusters are started on Linux and macOS only.");
        var directory = data is null ? MakeTemporary() : OpenKept(data);
        // A terminal that is closed is no reason to leave processes behind.
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, signal =>
        {
            signal.Cancel = true;
            stop.Cancel();
        });
        try
        {
            await ClusterRun.RunAsync(optionsOf(directory), Console.WriteLine, TimeProvider.System, stop.Token);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Told to stop while it was starting.
        }
        finally
        {
            if (data is null) Directory.Delete(directory, recursive: true);
        }
        Console.WriteLine(data is null
            ? "All processes have ended; the temporary directory is removed."
            : $"All processes have ended; data and logs are in {directory}.");
        return ExitCode.Done;
    }

    /// <summary>Others may go through it: PostgreSQL is run as a user of its own, who owns its part.</summary>
    private static string MakeTemporary()
    {
        var directory = Directory.CreateTempSubdirectory(ClusterRecord.TemporaryPrefix).FullName;
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(
                directory,
                UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute
                | UnixFileMode.OtherExecute);
        }
        return directory;
    }

    private static string OpenKept(string data)
    {
        var directory = Path.GetFullPath(data);
        if (ClusterRecord.Read(directory) is null && Directory.Exists(directory)
            && Directory.EnumerateFileSystemEntries(directory).Any())
        {
            throw new ServiceException(
                ErrorCode.Invalid,
                $"{directory} has files and had no cluster before; name a directory that is empty or not there yet.");
        }
        return Directory.CreateDirectory(directory).FullName;
    }

    private static Command CreateStatus()
    {
        var data = DataOption();
        var json = new Option<bool>("--json") { Description = "Print one JSON object." };
        var command = new Command(
            "status",
            "Show the processes of a cluster, once. Ends with 1 when one of them is not ready.\n\n"
            + "Example: roost cluster status")
        {
            data, json,
        };
        command.Run(async (parsed, ct) =>
        {
            var (_, cluster) = ClusterRecord.Find(parsed.GetValue(data));
            using var view = new ClusterView();
            var parts = await view.ReadAsync(cluster, ct);
            Console.WriteLine(parsed.GetValue(json) ? ToJson(cluster, parts) : ClusterView.Table(cluster, parts));
            return parts.All(part => part.IsWell) ? ExitCode.Done : ExitCode.Found;
        });
        return command;
    }

    private static string ToJson(ClusterRecord cluster, PartView[] parts) => JsonSerializer.Serialize(
        new ClusterStatus(cluster.Url, cluster.Supervisor, parts), ClusterStatusJson.Default.ClusterStatus);

    private static Command CreateDown()
    {
        var data = new Option<string>("--data", "-d")
        {
            Description = "The cluster's directory, as 'roost cluster up' told it.",
            HelpName = "DIR",
            Required = true,
        };
        var command = new Command(
            "down",
            "Stop a cluster that was started elsewhere, also what is left of one whose 'roost cluster up' was "
            + "killed.\n\nExample: roost cluster down --data DIR")
        {
            data,
        };
        command.Run(async (parsed, ct) =>
        {
            var (_, cluster) = ClusterRecord.Find(parsed.GetRequiredValue(data));
            var ended = await ClusterEnd.EndAsync(cluster, _downPatience, TimeProvider.System, ct);
            Console.WriteLine(ended == 0 ? "Nothing ran any more." : $"{ended} processes have ended.");
            return ExitCode.Done;
        });
        return command;
    }
}
