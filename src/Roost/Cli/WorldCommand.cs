using System.CommandLine;
using System.Globalization;
using Roost.Rpc;
using Roost.World;

namespace Roost.Cli;

/// <summary><c>roost world</c>: a made-up network of any size, loaded offline or played to a running server.</summary>
internal static class WorldCommand
{
    private const double PostsPerAccountDefault = 3;

    public static Command Create()
    {
        var accounts = new Option<int>("--accounts")
        {
            Description = "How many accounts, 1 to 10,000,000.",
            Required = true,
        };
        var posts = new Option<int?>("--posts")
        {
            Description = "How many posts, replies and boosts in all.",
        };
        var perAccount = new Option<double?>("--posts-per-account")
        {
            Description = "Instead of --posts: how many on average (3 unless told).",
        };
        var follows = new Option<double?>("--follows-per-account")
        {
            Description = "Mean number of follows (57 unless told, as measured).",
        };
        var days = new Option<int>("--days")
        {
            Description = "Over how many days, from 2025-01-01.",
            DefaultValueFactory = _ => 30,
        };
        var options = new NetworkOptions();
        var command = new Command(
            "world",
            "Make up a network whose followers, follows and posts are distributed as measured on a million "
            + "accounts of the fediverse. Example: roost world --accounts 10000 --seed 1 --data data")
        {
            accounts, posts, perAccount, follows, days,
        };
        options.AddTo(command);
        command.Run((parsed, ct) =>
        {
            var run = new NetworkRun(
                TimeProvider.System, parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error);
            return run.RunAsync(
                () => WorldGenerator.Generate(new WorldOptions
                {
                    Accounts = parsed.GetValue(accounts),
                    Seed = parsed.GetValue(options.Seed),
                    Posts = Posts(parsed.GetValue(accounts), parsed.GetValue(posts), parsed.GetValue(perAccount)),
                    FollowsPerAccount = parsed.GetValue(follows),
                    Days = parsed.GetValue(days),
                }),
                options.Read(parsed), ct);
        });
        return command;
    }

    private static int Posts(int accounts, int? posts, double? perAccount)
    {
        if (posts is not null && perAccount is not null)
            throw new ServiceException(ErrorCode.Invalid, "Give either --posts or --posts-per-account, not both.");
        var wanted = posts ?? (perAccount ?? PostsPerAccountDefault) * accounts;
        if (wanted is >= 0 and <= WorldOptions.PostsMax) return (int)wanted;
        throw new ServiceException(
            ErrorCode.Invalid,
            string.Create(CultureInfo.InvariantCulture,
                $"A world of {wanted:0} posts is out of range: 0 to {WorldOptions.PostsMax}."));
    }
}
