using System.Globalization;
using Roost.Replay;

namespace Roost.Cli;

/// <summary>What to do next with a network that was just loaded: whom to sign in as, and how.</summary>
internal static class TryIt
{
    private const int AccountsNamed = 3;

    public static void Write(TextWriter output, Network network, string data)
    {
        var fullest = Fullest(network);
        if (fullest.Count == 0) return;
        output.WriteLine();
        output.WriteLine("To look at it, as one of those with the fullest home timelines:");
        foreach (var (username, posts) in fullest)
        {
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"  {username,-24}{posts:N0} posts by those whom it follows"));
        }
        output.WriteLine($"  roost accounts set-password {fullest[0].Username} --data {data}");
        output.WriteLine($"  roost up --data {data}");
    }

    /// <summary>The accounts whose followees posted most, fullest first.</summary>
    public static List<(string Username, long Posts)> Fullest(Network network)
    {
        var posts = new int[network.Usernames.Length];
        foreach (var activity in network.Activities) posts[activity.Actor]++;
        var homes = new long[posts.Length];
        foreach (var (follower, followee) in network.Follows) homes[follower] += posts[followee];
        return [.. homes.Index().Where(home => home.Item > 0).OrderByDescending(home => home.Item)
            .Take(AccountsNamed).Select(home => (network.Usernames[home.Index], home.Item))];
    }
}
