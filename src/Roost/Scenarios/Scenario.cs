namespace Roost.Scenarios;

/// <summary>
/// A story that anybody can replay: it builds its world, plays against the real node (durable log, index, fan-out,
/// inboxes) and tells by figures whether the node stood it. One file each in this folder; <see cref="All"/> lists them.
/// </summary>
/// <param name="Name">What is typed: <c>balse</c>.</param>
/// <param name="Summary">One sentence.</param>
/// <param name="FullSize">The sizes that its marks are about.</param>
/// <param name="Words">What its sizes mean, for <c>--help</c>.</param>
/// <param name="Scale">The sizes to play, given what was asked for; throws when they make no sense.</param>
/// <param name="PlayAsync">Builds, plays, and writes its verdict. It closes what it opened, whatever happens.</param>
internal sealed record Scenario(
    string Name, string Summary, ScenarioSizes FullSize, SizeWords Words, Func<WantedSizes, ScenarioSizes> Scale,
    Func<Stage, Task> PlayAsync)
{
    /// <summary>In the order in which one would show them.</summary>
    public static IReadOnlyList<Scenario> All { get; } =
        [Balse.Scenario, Gaga.Scenario, Duet.Scenario, Oscar.Scenario, Steady.Scenario, Restart.Scenario];
}

/// <summary>What a scenario's sizes mean to people; null where it has no such size.</summary>
internal sealed record SizeWords(
    string Accounts, string? Seconds = null, string? Posts = null, string? PostRate = null, string? ReadRate = null);
