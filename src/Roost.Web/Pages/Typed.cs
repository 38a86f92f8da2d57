namespace Roost.Web.Pages;

/// <summary>What was typed into a field, to be shown again, and what is wrong with it.</summary>
/// <param name="Problem">In words; null when nothing is.</param>
public sealed record Typed(string Text = "", string? Problem = null)
{
    public static Typed Nothing { get; } = new();
}
