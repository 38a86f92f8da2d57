using Roost.Engine.Graph;

namespace Roost.Scenarios.Worlds;

/// <summary>
/// Who there is and who follows whom, twice: as the graph that the node is given, and in a plain form of each world's
/// own, from which a scenario works out by itself what must come to whom.
/// </summary>
/// <remarks>Follows are not stored: the node begins with the graph in memory. A hundred million in SQL take
/// minutes and some ten gigabytes, and none of what these scenarios measure ever looks there.</remarks>
internal interface IWorld
{
    FollowGraph Graph { get; }

    long Follows { get; }

    /// <summary>Accounts are 1 to this.</summary>
    int Accounts { get; }

    /// <summary>Names of the first accounts, who get their rows: those who post, for a post is shown with its author.
    /// Whoever only reads needs none.</summary>
    string[] Usernames { get; }

    /// <summary>Accounts 1 to this get an inbox before the scenario begins.</summary>
    int Active { get; }
}
