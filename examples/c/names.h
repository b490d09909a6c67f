/* What the files of this program call among themselves: a program that links them may have an `inflate` of its own. */
#ifndef NAMES_H
#define NAMES_H

#define class_of edgenlp_class_of
#define crc32 edgenlp_crc32
#define fail edgenlp_fail
#define inflate edgenlp_inflate
#define json_count edgenlp_json_count
#define json_get edgenlp_json_get
#define json_is edgenlp_json_is
#define json_next edgenlp_json_next
#define json_number edgenlp_json_number
#define json_read edgenlp_json_read
#define json_room edgenlp_json_room
#define json_string edgenlp_json_string
#define memory_free edgenlp_memory_free
#define memory_take edgenlp_memory_take
#define model_file_find edgenlp_model_file_find
#define model_file_graph_is edgenlp_model_file_graph_is
#define model_file_open edgenlp_model_file_open
#define model_file_unpack edgenlp_model_file_unpack
#define network_free edgenlp_network_free
#define network_load edgenlp_network_load
#define network_run edgenlp_network_run
#define network_tensor edgenlp_network_tensor
#define next_point edgenlp_next_point
#define normalize edgenlp_normalize
#define pqrnn_features edgenlp_pqrnn_features
#define pqrnn_valid edgenlp_pqrnn_valid
#define pqrnn_width edgenlp_pqrnn_width
#define put_point edgenlp_put_point
#define segment edgenlp_segment
#define sha256 edgenlp_sha256
#define text_start edgenlp_text_start
#define tree_decode edgenlp_tree_decode
#define tree_decoder edgenlp_tree_decoder
#define tree_intents edgenlp_tree_intents
#define tree_tags edgenlp_tree_tags

#endif
